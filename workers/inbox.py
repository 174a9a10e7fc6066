"""The inbox: inbound messages are handled, and rescued webhook forms are saved."""

from bson import ObjectId

from celery_app import app
from dispatch.actions import answering, hearing


@app.task(name="workers.inbox.handle")
def handle(message_id: str) -> None:
    """Handle this message and whatever else its sender waits for."""
    answering.handle(ObjectId(message_id))


@app.task(name="workers.inbox.rescue")
def rescue() -> None:
    """Save the forms that were kept while MongoDB did not answer."""
    hearing.bring_rescued()
