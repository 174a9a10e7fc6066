"""What became of a message that was sent, by way of Twilio."""

from flask import Response, request

from dispatch.access.keys import public
from dispatch.actions.outbox import receipts
from dispatch.webhooks import taking


@public("Twilio signs it")
def receipt() -> Response:
    """Raise the state of the attempt that the query names."""
    form = taking.signed_form()
    return taking.keep("receipt", form, lambda: receipts.receive(request.args.to_dict(), form))


@public("it tells only that the address is right")
def check() -> dict[str, str]:
    """Answer whoever tries the address in a browser."""
    return {"status": "ok"}
