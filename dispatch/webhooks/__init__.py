"""Webhooks that Twilio calls: inbound messages, and receipts of outbound messages.

signed: a webhook's form is accepted only as Twilio signed it.
forms: a form is saved in MongoDB or buffered in Redis.
inbound: the webhook for inbound messages.
receipts: the webhook for receipts.
routing: saves a form as what it is, or ignores one that is not for us.
"""

from flask import Blueprint

from dispatch.webhooks import forms, inbound, receipts

blp = Blueprint("webhooks", __name__, url_prefix="/api/webhooks/twilio")
blp.add_url_rule("/whatsapp", view_func=inbound.inbound, methods=["POST"])
blp.add_url_rule("/status", view_func=receipts.receipt, methods=["POST"])
blp.add_url_rule("/status", view_func=receipts.check, methods=["GET"])
blp.record(lambda state: forms.prepare(state.app))
