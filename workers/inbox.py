"""The inbox: inbound messages are handled, and buffered webhook forms are saved."""

from bson import ObjectId

from dispatch.actions.inbox import handling
from dispatch.actions.inbox import rescue as rescued
from workers.task_decorator import an_id, hinted


@hinted("workers.inbox.handle", an_id)
def handle(message_id: ObjectId) -> None:
    """Handle this message and all other waiting messages of its sender."""
    handling.handle(message_id)


@hinted("workers.inbox.rescue")
def rescue() -> None:
    """Save the forms that were buffered while MongoDB did not answer."""
    rescued.save_messages()
