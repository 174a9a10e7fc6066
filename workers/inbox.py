"""The inbox: inbound messages are handled, and rescued webhook forms are saved."""

from bson import ObjectId

from dispatch.actions import answering, hearing
from workers.tasks import an_id, hinted


@hinted("workers.inbox.handle", an_id)
def handle(message_id: ObjectId) -> None:
    """Handle this message and whatever else its sender waits for."""
    answering.handle(message_id)


@hinted("workers.inbox.rescue")
def rescue() -> None:
    """Save the forms that were kept while MongoDB did not answer."""
    hearing.bring_rescued()
