"""The only file that names tasks to enqueue. A broker that is down causes delay, never loss.

Every call is a hint at work that the database shows as waiting: a sweep enqueues overdue work again. The one exception
are webhook forms that are buffered in Redis while MongoDB is too slow (`shelf`).
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import Any

import redis
import structlog
from bson import ObjectId
from kombu.exceptions import KombuError

from config.queues import SEND_CHUNK, VISIBILITY_TIMEOUT
from dispatch import redis_client
from dispatch.hints import publish
from dispatch.rules.outbox.states import Lane

log = structlog.get_logger(__name__)

#: Seconds without hints after one failed: the next request must not wait for the same dead broker.
QUIET_SECONDS = 2.0
_SEND_TASK = {Lane.REPLIES: "workers.notifications.send_replies", Lane.BULK: "workers.notifications.send_bulk"}
_quiet_until = 0.0
_held: ContextVar[list[tuple[str, list[Any], float]] | None] = ContextVar("held", default=None)


def handle(message_id: ObjectId) -> None:
    """Enqueue the handling of an inbound message."""
    _hint("workers.inbox.handle", [str(message_id)])


def rescue() -> None:
    """Enqueue the saving of buffered inbound forms."""
    _hint("workers.inbox.rescue", [])


def settle(job_id: ObjectId, wait_seconds: float = 0) -> None:
    """Enqueue the settling of a job's claims, after a wait."""
    _hint("workers.assignment.settle", [str(job_id)], countdown=wait_seconds)


def follow(job_id: ObjectId) -> None:
    """Enqueue the follow-up of a job's events."""
    _hint("workers.broadcasting.follow", [str(job_id)])


def send(message_ids: Sequence[ObjectId], lane: str, wait_seconds: float = 0) -> None:
    """Enqueue the sending of messages, in chunks."""
    for chunk in _chunks(message_ids, SEND_CHUNK):
        _hint(_SEND_TASK[Lane(lane)], [[str(message_id) for message_id in chunk]], countdown=wait_seconds)


def catch_up(agent_id: ObjectId) -> None:
    """Enqueue the follow-up of an agent's status change."""
    _hint("workers.broadcasting.catch_up", [str(agent_id)])


def post_alarm(alarm_id: ObjectId) -> None:
    """Enqueue the posting of an alarm."""
    _hint("workers.notifications.ring", [str(alarm_id)])


def look_up(message_id: ObjectId) -> None:
    """Enqueue the look-up of a message: it is unknown whether Twilio accepted the message."""
    _hint("workers.notifications.look_up", [str(message_id)])


def ask_after(message_id: ObjectId) -> None:
    """Enqueue the question to Twilio about an accepted message without receipts."""
    _hint("workers.notifications.ask_after", [str(message_id)])


def fire(timer_id: ObjectId, due_at: datetime, now: datetime) -> None:
    """Enqueue the firing of a timer, as an ETA task well within the broker's visibility timeout."""
    wait = (due_at - now).total_seconds()
    assert wait < VISIBILITY_TIMEOUT  # later, Redis would give the task to a second worker
    _hint("workers.reminders.fire", [str(timer_id), due_at.isoformat()], countdown=wait)


def arm() -> None:
    """Enqueue another arming of timers: more are due than one task arms."""
    _hint("workers.reminders.arm", [])


def queued_timers() -> int:
    """Return how many timers are in the queue. Return 0 while Redis does not answer."""
    try:
        return int(redis_client.client().llen("reminders"))
    except redis.RedisError:
        return 0


@contextmanager
def held() -> Iterator[None]:
    """Hold hints back until the block ends, also by an error: a stuck broker must not delay the block."""
    hints: list[tuple[str, list[Any], float]] = []
    token = _held.set(hints)
    try:
        yield
    finally:
        _held.reset(token)
        for hint in hints:
            _hint(*hint)


def _hint(task: str, args: list[Any], countdown: float = 0) -> None:
    global _quiet_until
    if (hints := _held.get()) is not None:
        hints.append((task, args, countdown))
        return
    if time.monotonic() < _quiet_until:
        return
    try:
        publish.publish(task, args, countdown)
    except (KombuError, redis.RedisError, OSError) as error:
        _quiet_until = time.monotonic() + QUIET_SECONDS
        log.warning("enqueue failed", task=task, error=type(error).__name__)


def _chunks(ids: Sequence[ObjectId], size: int) -> Iterator[Sequence[ObjectId]]:
    for start in range(0, len(ids), size):
        yield ids[start : start + size]
