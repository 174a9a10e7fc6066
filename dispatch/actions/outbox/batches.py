"""Batches: the messages of a sending task. Different people's are sent at once, one person's one after the other.

A batch is the messages that have a slot in the pace within the next moment. They are read, checked, leased and saved
together, so that many messages cost as few calls of the stores as one.
"""

import time
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future, wait
from dataclasses import replace
from datetime import timedelta

import structlog
from bson import ObjectId
from pymongo.errors import PyMongoError
from redis.exceptions import RedisError

from config.queues import SEND_THREADS
from config.settings import settings
from dispatch.actions.outbox import last_check, meta_limits, outcomes, post, text_or_template
from dispatch.channels.whatsapp import client, pacing
from dispatch.models import Message
from dispatch.models.base.record import utc_now
from dispatch.models.message.attempted import SENDING_SECONDS
from dispatch.models.message.batched import Outgoing
from dispatch.models.message.outbound import Waiting
from dispatch.rules.outbox import order

log = structlog.get_logger(__name__)

#: Slots are reserved at most so many seconds ahead, so a reply waits no longer than that for a free slot.
AHEAD = 0.05
#: Twilio's answers are saved after so many seconds, even while other requests are still running.
TICK = 0.02
clock = time.monotonic


class Chunk:
    """The messages of one task. `errors`: the exceptions that were caught while sending."""

    def __init__(self, waiting: Sequence[Waiting], lane: str) -> None:
        self.errors: list[Exception] = []
        self._lane = lane
        self._theirs: dict[str, deque[Waiting]] = {}
        for message in sorted(waiting, key=lambda each: each.id):
            self._theirs.setdefault(message.phone, deque()).append(message)
        self._several = Message.with_several(list(self._theirs), lane)
        self._senders = text_or_template.senders(list(self._theirs))
        self._under_way: dict[Future[client.Outcome], Outgoing] = {}

    def go(self, until: float) -> list[ObjectId]:
        """Send messages, beginning none after `until` (monotonic); return the ids of those left over.

        An error of one message does not affect the others. After an error of a store no more messages are begun.
        """
        while self._theirs or self._under_way:
            try:
                pause = self._begin(until) if self._theirs else TICK
            except (PyMongoError, RedisError) as error:
                self.errors.append(error)
                self._theirs.clear()
                pause = TICK
            if pause is None:
                break
            self._save_outcomes(pause)
        while self._under_way:
            self._save_outcomes(TICK)
        return [message.id for theirs in self._theirs.values() for message in theirs]

    def _begin(self, until: float) -> float | None:
        """Begin a batch. Return the seconds until the next look. Return None if no time is left."""
        senders = sorted({self._senders[phone] for phone in self._theirs})
        pauses = [self._begin_from(sender, until) for sender in senders]
        return min((pause for pause in pauses if pause is not None), default=None)

    def _begin_from(self, sender: str, until: float) -> float | None:
        """Begin a batch of one sender. Each sender has its own pace."""
        busy = {going.phone for going in self._under_way.values()}
        idle = [phone for phone in self._theirs if phone not in busy and self._senders[phone] == sender]
        free = SEND_THREADS - len(busy)
        if not idle or free < min(len(idle), SEND_THREADS // 2):
            return TICK
        time_left = until - clock()
        slots, pause = pacing.free_slots(self._lane, sender, min(free, len(idle)), AHEAD)
        if time_left <= 0 or (not slots and pause > time_left):
            return None
        if not slots:
            return pause
        for going, after in self._leased(sender, idle, slots):
            self._under_way[post.post(going, after)] = going
        return TICK if self._under_way else 0.0

    def _leased(self, sender: str, idle: Sequence[str], most: int) -> list[tuple[Outgoing, float]]:
        """Lease the next messages of these people that may be sent; return each with the seconds until its slot."""
        heads = self._heads(idle, most)
        now = utc_now()
        read = [replace(each, sender=sender) for each in Message.ready_to_send(heads, now, self._broken)]
        with_form = text_or_template.choose_forms(last_check.check(read, now, self._broken), now, self._broken)
        batch = meta_limits.within_limits(with_form, now)
        slots = pacing.reserve(self._lane, sender, len(batch), AHEAD) if batch else []
        unslotted = {going.phone for going in batch[len(slots) :]}
        leased = Message.lease(batch[: len(slots)], utc_now())
        for phone in idle:
            message = self._next(phone)
            if message and message.id in heads and phone not in unslotted:
                self._drop_next(phone)
        return list(zip(leased, slots, strict=False))

    def _heads(self, idle: Sequence[str], most: int) -> list[ObjectId]:
        """Return the next message of each of `most` people. A person whose message is held up leaves the chunk."""
        found: list[ObjectId] = []
        for phone in idle:
            if len(found) == most:
                break
            try:
                message = self._head(phone)
            except (PyMongoError, RedisError):
                raise
            except Exception as error:  # noqa: BLE001 (raised at the end; a sweep enqueues this person's messages)
                self.errors.append(error)
                del self._theirs[phone]
                continue
            if message:
                found.append(message.id)
        return found

    def _head(self, phone: str) -> Waiting | None:
        while (message := self._next(phone)) and phone in self._several and _is_held_up(message, self._lane):
            self._drop_next(phone)
            behind = self._next(phone)
            if behind and Message.wait_for(behind.id, message.id, utc_now() + patience()):
                del self._theirs[phone]
            # Otherwise the earlier message is finished.
        return message

    def _next(self, phone: str) -> Waiting | None:
        theirs = self._theirs.get(phone)
        return theirs[0] if theirs else None

    def _drop_next(self, phone: str) -> None:
        self._theirs[phone].popleft()
        if not self._theirs[phone]:
            del self._theirs[phone]

    def _save_outcomes(self, seconds: float) -> None:
        """Save the outcomes of the requests that end within so many seconds."""
        if not self._under_way:
            time.sleep(seconds)
        done, _ = wait(self._under_way, timeout=seconds)
        ended = [(self._under_way.pop(posted), posted) for posted in done]
        self.errors += [error for _, posted in ended if isinstance(error := posted.exception(), Exception)]
        try:
            outcomes.record_all([(going, each.result()) for going, each in ended if not each.exception()], utc_now())
        except Exception as error:  # noqa: BLE001 (raised at the end)
            self.errors.append(error)

    def _broken(self, message_id: ObjectId, error: Exception) -> None:
        if isinstance(error, PyMongoError | RedisError):
            raise error
        self.errors.append(error)
        parked = Message.count_mishap(message_id, type(error).__name__)
        if parked:
            log.error("outbound message parked", message=str(message_id), error=parked.error)
            outcomes.enqueue_next(parked)


def patience() -> timedelta:
    """Return how long it takes to find out the outcome of one attempt, and to make another attempt."""
    return timedelta(seconds=SENDING_SECONDS + 4 * settings().outbox.unknown_lookup_seconds)


def _is_held_up(message: Waiting, lane: str) -> bool:
    """Return whether a message must wait for an earlier one to the same person. It is enqueued when that is sent."""
    for earlier in Message.not_through_before(message, lane):
        until = order.holds_up_until(earlier.created_at, earlier.attempts, message.created_at, patience())
        if until > utc_now() and Message.wait_for(message.id, earlier.id, until):
            return True
    return False
