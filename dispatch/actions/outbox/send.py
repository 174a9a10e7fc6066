"""Sending: in batches, each leased just before its POSTs; what is unknown is looked up before it is sent again."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from bson import ObjectId

from config.queues import SEND_BUDGET
from dispatch.actions.outbox import batches
from dispatch.hints import tasks
from dispatch.models import Message
from dispatch.models.base.record import utc_now
from dispatch.rules.outbox.states import MessageState

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
    until = batches.clock() + SEND_BUDGET
    waiting = Message.sendable(ids, utc_now())
    if not waiting:
        if ids:
            Message.expect(*ids)
        return
    chunk = batches.Chunk(waiting, lane)
    tasks.send(chunk.go(until), lane)
    if chunk.errors:
        raise chunk.errors[0]


def overdue(now: datetime) -> None:
    """Bring on what is overdue: hints that were lost, POSTs without an outcome, attempts to look up."""
    queued: dict[str, list[ObjectId]] = {}
    for message in Message.overdue_to_send(now):
        if message.status == MessageState.SENDING:  # a worker died: nobody knows whether its POST arrived
            n = message.attempts[-1]["n"]
            Message.outcome(message.id, n, MessageState.UNKNOWN, now, again_at=now, died=True)
            tasks.look_up(message.id)
        elif message.status == MessageState.UNKNOWN:
            if Message.push_on(message.id, message.next_attempt_at, now + LOOK_UP_HINTED):
                tasks.look_up(message.id)
        else:
            queued.setdefault(message.lane, []).append(message.id)
    for lane, ids in queued.items():
        if pushed := Message.push_all_on(ids, now, now + HINTED):
            tasks.send(pushed, lane)
