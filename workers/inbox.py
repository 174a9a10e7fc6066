"""The inbox: inbound messages are handled, and rescued webhook forms are saved."""

from bson import ObjectId

from dispatch.actions.inbox import handling
from dispatch.actions.inbox import rescue as rescued
from workers.task_decorator import an_id, hinted


@hinted("workers.inbox.handle", an_id)
def handle(message_id: ObjectId) -> None:
    """Handle this message and whatever else its sender waits for."""
    handling.handle(message_id)


@hinted("workers.inbox.rescue")
def rescue() -> None:
    """Save the forms that were kept while MongoDB did not answer."""
    rescued.save_messages()
