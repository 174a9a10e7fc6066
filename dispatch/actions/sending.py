"""Sending: one message leased at a time, just before its POST; what is unknown is looked up before it is sent again."""

import contextvars
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import NamedTuple

import structlog
from bson import ObjectId
from pymongo.errors import PyMongoError
from redis.exceptions import RedisError

from config.queues import SEND_BUDGET, SEND_THREADS
from config.settings import settings
from dispatch import queueing
from dispatch.actions import outcomes, withholding
from dispatch.models import Message
from dispatch.models.attempted import SENDING_SECONDS
from dispatch.models.outbound import Waiting
from dispatch.models.record import utc_now
from dispatch.rules import attempts, delivery, order
from dispatch.rules.delivery import MessageState
from dispatch.whatsapp import client, pacing

log = structlog.get_logger(__name__)

#: A message hinted at is not hinted at again for so long: a backlog must not multiply itself.
HINTED = timedelta(minutes=1)
#: One to be looked up is hinted at sooner: what became of it is to be known within two minutes.
LOOK_UP_HINTED = timedelta(seconds=20)
_clock = time.monotonic


def send(ids: Sequence[ObjectId], lane: str) -> None:
    """Send the messages that still wait to be sent: threads side by side, each in the pace of its lane.

    A person's messages go one after the other. What breaks one message does not touch the others; it is raised when all
    are through. After SEND_BUDGET none is begun: what is left is hinted at again.
    """
    until = _clock() + SEND_BUDGET
    waiting = Message.sendable(ids, utc_now())
    if not waiting:
        return
    theirs: dict[str, list[Waiting]] = {}
    for message in sorted(waiting, key=lambda each: each.id):
        theirs.setdefault(message.phone, []).append(message)
    chunk = _Chunk(lane, until, Message.with_several(list(theirs), lane))
    with ThreadPoolExecutor(min(SEND_THREADS, len(theirs))) as threads:
        under_way = [
            threads.submit(contextvars.copy_context().run, _send_theirs, each, chunk) for each in theirs.values()
        ]
    left = [id_ for sent in under_way if not sent.exception() for id_ in sent.result()]
    queueing.send(left, lane)
    for sent in under_way:
        sent.result()


class _Chunk(NamedTuple):
    """What the messages of one task share; `several` are people for whom another one may have to go before."""

    lane: str
    until: float
    several: set[str]


def _send_theirs(messages: Sequence[Waiting], chunk: _Chunk) -> list[ObjectId]:
    """Send one person's messages in order, until one has to wait; return those for which there is no time."""
    for i, message in enumerate(messages):
        if message.phone in chunk.several and _is_held_up(message, chunk.lane):
            behind = messages[i + 1 : i + 2]
            if not behind or Message.wait_for(behind[0].id, message.id, utc_now() + patience()):
                break
            continue  # it is through by now
        try:
            if not _send_one(message.id, chunk):
                return [each.id for each in messages[i:]]
        except (PyMongoError, RedisError):
            raise
        except Exception as error:
            _stumbled(message.id, error)
            raise
    return []


def patience() -> timedelta:
    """Return how long it takes to find out what became of one attempt, and to make another."""
    return timedelta(seconds=SENDING_SECONDS + 4 * settings().unknown_lookup_seconds)


def _is_held_up(message: Waiting, lane: str) -> bool:
    """Tell whether a message has to wait for an earlier one to the same person: that being out, it is hinted at."""
    for earlier in Message.not_through_before(message, lane):
        until = order.holds_up_until(earlier.created_at, earlier.attempts, message.created_at, patience())
        if until > utc_now() and Message.wait_for(message.id, earlier.id, until):
            return True
    return False


def _send_one(message_id: ObjectId, chunk: _Chunk) -> bool:
    """Send a message if it is still wanted; False when there is no time to begin."""
    if not Message.sendable([message_id], utc_now()):  # withdrawn while its chunk waited: that costs no slot
        return True
    time_left = chunk.until - _clock()
    if time_left <= 0 or not pacing.wait_for_slot(chunk.lane, time_left):
        return False
    if withholding.still_wanted(message_id, utc_now()):
        message = Message.lease_sending(message_id, utc_now())
        if message:
            n = message.attempts[-1]["n"]
            outcomes.record(message, n, client.send(message.phone, message.text, message.id, n), utc_now())
    return True


def _stumbled(message_id: ObjectId, error: Exception) -> None:
    parked = Message.stumble(message_id, type(error).__name__)
    if parked:
        log.error("outbound message parked", message=str(message_id), error=parked.error)
        outcomes.let_the_next_go(parked)


def look_up(message_id: ObjectId, now: datetime) -> None:
    """Ask Twilio about an attempt of which nobody knows whether it was accepted; send again only after two blanks."""
    again_at = now + timedelta(seconds=settings().unknown_lookup_seconds * 2)
    message = Message.lease_look_up(message_id, now, again_at)
    if message is None:
        return
    attempt = attempts.speaker(message.attempts)
    found = _find(message, client.look_up(message.phone, attempt["started_at"]))
    if found:
        outcomes.report(message, attempt["n"], found.state, now, sid=found.sid, error_code=found.error_code)
    elif message.look_ups + 1 < delivery.LOOK_UPS:
        Message.found_nothing(message)
    else:
        log.warning("never accepted, sending again", message=str(message.id), attempt=attempt["n"])
        outcomes.never_taken(message, attempt["n"], now)


def _find(message: Message, listed: Sequence[client.Found]) -> client.Found | None:
    """Return what Twilio has of this message: the same words, and no other attempt's, of this message or another."""
    own = {attempt.get("sid") for attempt in message.attempts}
    same = (found for found in listed if found.text == message.text and found.sid not in own)
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
