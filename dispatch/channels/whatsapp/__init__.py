"""WhatsApp by Twilio: the only package that imports twilio.

account: the client of Twilio's SDK.
client: messages are sent, looked up and listed.
limits: Meta's limits for each person.
pacing: the sending rate of each sender.
signature: whether a webhook comes from Twilio.
templates: templates are created, submitted and listed.
transport: HTTP for Twilio's SDK.
"""
