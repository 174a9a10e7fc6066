"""Outbound messages: sending, retries, receipts.

batches: the queued messages of a task, sent side by side.
client_news: which client can't be informed about a job.
last_check: withdraws or readdresses messages that are not right any more, just before they are sent.
lookups: asks Twilio about attempts of unknown outcome.
meta_limits: postpones messages that Meta's limits do not allow now.
missing_receipts: asks Twilio about accepted messages without receipts.
outcomes: saves the outcome of an attempt, and decides about a retry.
post: posts one leased message to Twilio.
recipients: the number that each recipient has now.
receipts: receives Twilio's delivery reports.
send: sends queued messages, and enqueues overdue ones.
templates: pushes templates to Twilio, and reads Meta's decisions.
text_or_template: chooses the form of a message: free text, buttons or a template.
"""
