"""The webhook for receipts: delivery reports of outbound messages."""

from flask import Response

from dispatch.access.keys import public
from dispatch.webhooks import routing, signed


@public("Twilio signs its calls")
def receipt() -> Response:
    """Raise the state of the delivery attempt that the query names."""
    return routing.receive(signed.form())


@public("it shows only that the address is right")
def check() -> dict[str, str]:
    """Answer a person who opens the address in a browser."""
    return {"status": "ok"}
