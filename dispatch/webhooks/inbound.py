"""The webhook for inbound messages."""

from flask import Response

from dispatch.access.keys import public
from dispatch.webhooks import routing, signed


@public("Twilio signs its calls")
def inbound() -> Response:
    """Save the message and answer at once. A worker handles the message."""
    return routing.receive(signed.form())
