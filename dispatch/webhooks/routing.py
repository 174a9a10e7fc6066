"""Routing: a signed form is saved as what it is, whichever of our URLs it came to, or ignored if it is not for us."""

import structlog
from flask import Response, request

from config.settings import settings
from dispatch.actions.inbox import arrivals
from dispatch.actions.outbox import receipts
from dispatch.rules import phones
from dispatch.webhooks import forms

log = structlog.get_logger(__name__)

#: Values of MessageStatus that a message from a person has.
_FROM_A_PERSON = ("receiving", "received")


def receive(form: dict[str, str]) -> Response:
    """Save a receipt or an inbound message, and answer. Only Twilio's form of a receipt has a MessageStatus."""
    is_receipt = form.get("MessageStatus", "received") not in _FROM_A_PERSON
    if reason := _not_for_us(form, is_receipt):
        log.warning("webhook ignored", reason=reason)
        return forms.empty()
    if is_receipt:
        return forms.keep("receipt", form, lambda: receipts.receive(request.args.to_dict(), form))
    return forms.keep("inbound", form, lambda: arrivals.save(form))


def _not_for_us(form: dict[str, str], is_receipt: bool) -> str | None:
    """Return why a form has no effect. Return None if it is a receipt, or what a person writes to us on WhatsApp."""
    ours, sender = settings().twilio, form.get("From", "")
    if form.get("AccountSid") != ours.account_sid:
        return "another account"
    if is_receipt:
        return None
    if not phones.is_address(sender):
        return "sender not on WhatsApp"
    if phones.among(sender, ours.whatsapp_numbers):
        return "own number as sender"
    return None if phones.among(form.get("To", ""), ours.whatsapp_numbers) else "recipient not ours"
