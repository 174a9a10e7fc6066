"""Twilio's side: what people write, and receipts of what was sent to them."""

from flask import Blueprint

from dispatch.webhooks import inbound, receipts, taking

blp = Blueprint("webhooks", __name__, url_prefix="/api/webhooks/twilio")
blp.add_url_rule("/whatsapp", view_func=inbound.inbound, methods=["POST"])
blp.add_url_rule("/status", view_func=receipts.receipt, methods=["POST"])
blp.add_url_rule("/status", view_func=receipts.check, methods=["GET"])
blp.record(lambda state: taking.open_ways(state.app))
