"""A message from a person, by way of Twilio."""

from flask import Response

from dispatch.access.keys import public
from dispatch.actions.inbox import arrivals
from dispatch.webhooks import taking


@public("Twilio signs it")
def inbound() -> Response:
    """Save the message and answer at once; what follows from it is a worker's business."""
    form = taking.signed_form()
    return taking.keep("inbound", form, lambda: arrivals.save(form))
