"""The only file that names tasks to enqueue; a broker that is down costs delay, never work.

Every call is a hint: what it hints at stands in the database as overdue, and a sweep hints again.
The one exception is the shelf of rescued webhook forms, for when MongoDB does not keep up.
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

#: Seconds without hints after one failed: somebody else's request must not wait for the same dead broker.
QUIET_SECONDS = 2.0
_SEND_TASK = {Lane.REPLIES: "workers.notifications.send_replies", Lane.BULK: "workers.notifications.send_bulk"}
_quiet_until = 0.0
_held: ContextVar[list[tuple[str, list[Any], float]] | None] = ContextVar("held", default=None)


def handle(message_id: ObjectId) -> None:
    """Hint that an inbound message waits to be handled."""
    _hint("workers.inbox.handle", [str(message_id)])


def rescue() -> None:
    """Hint that inbound forms wait on the shelf."""
    _hint("workers.inbox.rescue", [])


def settle(job_id: ObjectId, wait_seconds: float = 0) -> None:
    """Hint that a job has a claim to settle, after a wait."""
    _hint("workers.assignment.settle", [str(job_id)], countdown=wait_seconds)


def follow(job_id: ObjectId) -> None:
    """Hint that a job has events to follow up."""
    _hint("workers.broadcasting.follow", [str(job_id)])


def send(message_ids: Sequence[ObjectId], lane: str, wait_seconds: float = 0) -> None:
    """Hint that messages wait to be sent, in chunks."""
    for chunk in _chunks(message_ids, SEND_CHUNK):
        _hint(_SEND_TASK[Lane(lane)], [[str(message_id) for message_id in chunk]], countdown=wait_seconds)


def catch_up(agent_id: ObjectId) -> None:
    """Hint that an agent's standing has changed."""
    _hint("workers.broadcasting.catch_up", [str(agent_id)])


def post_alarm(alarm_id: ObjectId) -> None:
    """Enqueue the posting of an alarm."""
    _hint("workers.notifications.ring", [str(alarm_id)])


def look_up(message_id: ObjectId) -> None:
    """Hint that it is unknown whether Twilio accepted a message."""
    _hint("workers.notifications.look_up", [str(message_id)])


def ask_after(message_id: ObjectId) -> None:
    """Hint that no news came of a message that Twilio took."""
    _hint("workers.notifications.ask_after", [str(message_id)])


def fire(timer_id: ObjectId, due_at: datetime, now: datetime) -> None:
    """Hint that a timer falls due: an ETA task, well within the broker's visibility timeout."""
    wait = (due_at - now).total_seconds()
    assert wait < VISIBILITY_TIMEOUT  # beyond it Redis would hand the task to a second worker
    _hint("workers.reminders.fire", [str(timer_id), due_at.isoformat()], countdown=wait)


def arm() -> None:
    """Hint that more timers are to be armed than one go can take."""
    _hint("workers.reminders.arm", [])


def hinted_at_timers() -> int:
    """Return how many hints at timers stand in the queue; none while Redis does not answer."""
    try:
        return int(redis_client.client().llen("reminders"))
    except redis.RedisError:
        return 0


@contextmanager
def held() -> Iterator[None]:
    """Hold hints back until the block is over, however it ends: a broker that is stuck takes nothing of its time."""
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
        log.warning("hint lost", task=task, error=type(error).__name__)


def _chunks(ids: Sequence[ObjectId], size: int) -> Iterator[Sequence[ObjectId]]:
    for start in range(0, len(ids), size):
        yield ids[start : start + size]
