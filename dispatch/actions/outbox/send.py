"""Sending: messages are sent in batches, and overdue ones are enqueued again. Unknown attempts are looked up first."""

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

#: A message that was enqueued is not enqueued again before this: otherwise a backlog would multiply itself.
HINTED = timedelta(minutes=1)
#: A message to be looked up is enqueued again sooner: its outcome must be known within two minutes.
LOOK_UP_HINTED = timedelta(seconds=20)


def send(ids: Sequence[ObjectId], lane: str) -> None:
    """Send those of these messages that are due, in the pace of their lane.

    An error of one message is raised when all are sent. After SEND_BUDGET no message is begun: the rest is enqueued
    again. Raises Unknown if none of the ids exists.
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


def enqueue_overdue(now: datetime) -> None:
    """Enqueue overdue messages: lost hints, POSTs without an outcome, attempts to look up."""
    queued: dict[str, list[ObjectId]] = {}
    for message in Message.overdue_to_send(now):
        if message.status == MessageState.SENDING:  # a worker died: it is unknown whether its POST arrived
            n = message.attempts[-1]["n"]
            Message.outcome(message.id, n, MessageState.UNKNOWN, now, again_at=now, died=True)
            tasks.look_up(message.id)
        elif message.status == MessageState.UNKNOWN:
            if Message.postpone_sweep(message.id, message.next_attempt_at, now + LOOK_UP_HINTED):
                tasks.look_up(message.id)
        else:
            queued.setdefault(message.lane, []).append(message.id)
    for lane, ids in queued.items():
        if ours := Message.postpone_sweeps(ids, now, now + HINTED):
            tasks.send(ours, lane)
