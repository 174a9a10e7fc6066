"""The webhook for receipts: delivery reports of outbound messages."""

from flask import Response, request

from dispatch.access.keys import public
from dispatch.actions.outbox import receipts
from dispatch.webhooks import forms


@public("Twilio signs its calls")
def receipt() -> Response:
    """Raise the state of the delivery attempt that the query names."""
    form = forms.signed_form()
    return forms.keep("receipt", form, lambda: receipts.receive(request.args.to_dict(), form))


@public("it shows only that the address is right")
def check() -> dict[str, str]:
    """Answer a person who opens the address in a browser."""
    return {"status": "ok"}
