"""Inbound messages: saved, understood, carried out and answered.

arrivals: saves an inbound message once, from Twilio's form.
joining: links the sender of a join code to its agent.
senders: finds whose message a form is, and saves the addresses in it.
handling: handles each person's messages in order: understands them, and answers clients and strangers.
situations: the jobs that concern a person, and how each concerned them at a moment.
acts: carries out the act of an agent's message.
job_status: replies with the status of a job, unless news of it is on its way.
open_questions: messages that only a person can answer.
opt_outs: Twilio's Advanced Opt-Out, and the evidence of an opt-out or opt-in.
rescue: saves webhook forms that waited on the shelf while MongoDB did not answer.
recovery: fetches messages from Twilio whose webhooks never arrived.
"""
