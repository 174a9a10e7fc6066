"""The webhook for inbound messages."""

from flask import Response

from dispatch.access.keys import public
from dispatch.actions.inbox import arrivals
from dispatch.webhooks import forms


@public("Twilio signs its calls")
def inbound() -> Response:
    """Save the message and answer at once. A worker handles the message."""
    form = forms.signed_form()
    return forms.keep("inbound", form, lambda: arrivals.save(form))
