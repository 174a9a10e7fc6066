"""Decisions about outbound messages.

attempts: the attempts of a message, and the state that they give the message.
kinds: the table of message kinds.
order: how long an unfinished message holds up later ones to the same person.
senders: the number of ours that writes to a person.
states: the states of messages and attempts, and their ranks.
still_holds: whether a queued message may still be sent.
twilio_errors: Twilio's error codes, and the reaction to each.
window: WhatsApp's 24 hours, and Meta's decisions on templates.
"""
