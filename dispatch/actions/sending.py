"""Sending: in batches, each leased just before its POSTs; what is unknown is looked up before it is sent again."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from bson import ObjectId

from config.queues import SEND_BUDGET
from config.settings import settings
from dispatch import queueing
from dispatch.actions import batching, outcomes
from dispatch.models import Message
from dispatch.models.record import utc_now
from dispatch.rules import attempts, delivery
from dispatch.rules.delivery import MessageState
from dispatch.whatsapp import client

log = structlog.get_logger(__name__)

#: A message hinted at is not hinted at again for so long: a backlog must not multiply itself.
HINTED = timedelta(minutes=1)
#: One to be looked up is hinted at sooner: what became of it is to be known within two minutes.
LOOK_UP_HINTED = timedelta(seconds=20)


def send(ids: Sequence[ObjectId], lane: str) -> None:
    """Send the messages that still wait to be sent, in the pace of their lane.

    What breaks one of them is raised when all are through. After SEND_BUDGET none is begun: what is left is hinted at
    again. Raises Unknown when there is none of them at all.
    """
    until = batching.clock() + SEND_BUDGET
    waiting = Message.sendable(ids, utc_now())
    if not waiting:
        if ids:
            Message.expect(*ids)
        return
    chunk = batching.Chunk(waiting, lane)
    queueing.send(chunk.go(until), lane)
    if chunk.errors:
        raise chunk.errors[0]


def look_up(message_id: ObjectId, now: datetime) -> None:
    """Ask Twilio about an attempt of which nobody knows whether it was accepted; send again only after two blanks."""
    again_at = now + timedelta(seconds=settings().unknown_lookup_seconds * 2)
    message = Message.lease_look_up(message_id, now, again_at)
    if message is None:
        return
    attempt = attempts.speaker(message.attempts)
    sender = attempt.get("sender", settings().twilio_whatsapp_number)
    listed = client.look_up(sender, message.phone, attempt["started_at"])
    found = _find(message, attempt.get("text", message.text), listed)
    if found:
        outcomes.report(message, attempt["n"], found.state, now, sid=found.sid, error_code=found.error_code)
    elif message.look_ups + 1 < delivery.LOOK_UPS:
        Message.found_nothing(message)
    else:
        log.warning("never accepted, sending again", message=str(message.id), attempt=attempt["n"])
        outcomes.never_taken(message, attempt["n"], now)


def _find(message: Message, text: str, listed: Sequence[client.Found]) -> client.Found | None:
    """Return what Twilio has of this message: the same words, and no other attempt's, of this message or another."""
    own = {attempt.get("sid") for attempt in message.attempts}
    same = (found for found in listed if found.text == text and found.sid not in own)
    return next((found for found in same if Message.by_sid(found.sid) is None), None)


def overdue(now: datetime) -> None:
    """Bring on what is overdue: hints that were lost, POSTs without an outcome, attempts to look up."""
    queued: dict[str, list[ObjectId]] = {}
    for message in Message.overdue_to_send(now):
        if message.status == MessageState.SENDING:  # a worker died: nobody knows whether its POST arrived
            n = message.attempts[-1]["n"]
            Message.outcome(message.id, n, MessageState.UNKNOWN, now, again_at=now, died=True)
            queueing.look_up(message.id)
        elif message.status == MessageState.UNKNOWN:
            if Message.push_on(message.id, message.next_attempt_at, now + LOOK_UP_HINTED):
                queueing.look_up(message.id)
        else:
            queued.setdefault(message.lane, []).append(message.id)
    for lane, ids in queued.items():
        if pushed := Message.push_all_on(ids, now, now + HINTED):
            queueing.send(pushed, lane)
