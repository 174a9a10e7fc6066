"""Doubting: of a message that Twilio took no news came for long; Twilio is asked once, then the doubt is shown."""

from datetime import datetime, timedelta

import structlog
from bson import ObjectId

from dispatch.actions.outbox import outcomes
from dispatch.channels.whatsapp import client
from dispatch.hints import tasks
from dispatch.models import Message
from dispatch.rules.outbox import attempts

log = structlog.get_logger(__name__)

#: When Twilio could not be asked, it is asked again so much later.
AGAIN = timedelta(minutes=10)


def overdue(now: datetime) -> None:
    """Hint at the messages that Twilio is to be asked after, some at a time."""
    for message in Message.take_in_doubt(now, now + AGAIN):
        tasks.ask_after(message.id)


def ask_after(message_id: ObjectId, now: datetime) -> None:
    """Ask Twilio what became of a message, by the SID of its best attempt; without news the doubt is shown.

    Raises LookUpFailed when Twilio can't be asked: the sweep comes back to it.
    """
    message = Message.get(message_id)
    if message is None or message.doubt_at is None:  # a receipt was faster
        return
    attempt = attempts.speaker(message.attempts)
    found = client.fetch(attempt["sid"]) if attempt.get("sid") else None
    if found:
        outcomes.report(message, attempt["n"], found.state, now, sid=found.sid, error_code=found.error_code)
    if Message.doubt(message.id, message.revision):  # a report would have raised the revision
        log.warning("no news of a message", message=str(message.id), status=message.status)
