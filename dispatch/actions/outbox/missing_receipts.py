"""Missing receipts: Twilio is asked once about an accepted message without a receipt; then it is shown as doubtful."""

from datetime import datetime, timedelta

import structlog
from bson import ObjectId

from dispatch.actions.outbox import outcomes
from dispatch.channels.whatsapp import client
from dispatch.hints import tasks
from dispatch.models import Message
from dispatch.rules.outbox import attempts

log = structlog.get_logger(__name__)

#: If Twilio does not answer, it is asked again after this.
AGAIN = timedelta(minutes=10)


def enqueue_overdue(now: datetime) -> None:
    """Enqueue some of the messages about which Twilio is to be asked."""
    for message in Message.lease_doubtful(now, now + AGAIN):
        tasks.ask_after(message.id)


def ask_after(message_id: ObjectId, now: datetime) -> None:
    """Ask Twilio about a message, by the SID of its decisive attempt. Without news the message is shown as doubtful.

    Raises LookUpFailed if Twilio does not answer: a later sweep enqueues the message again.
    """
    message = Message.get(message_id)
    if message is None or message.doubt_at is None:  # a receipt was faster
        return
    attempt = attempts.decisive(message.attempts)
    found = client.fetch(attempt["sid"]) if attempt.get("sid") else None
    if found:
        outcomes.report(message, attempt["n"], found.state, now, sid=found.sid, error_code=found.error_code)
    if Message.mark_doubtful(message.id, message.revision):  # False if the report above has changed the message
        log.warning("receipt missing", message=str(message.id), status=message.status)
