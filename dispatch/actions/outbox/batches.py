"""Batches: the messages of a sending task on their way out, people side by side, each person's one after the other.

A batch is what has a slot in the pace within the next moment. It is read, checked, leased and noted as one: what one
message would ask of the stores, many ask together.
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
from dispatch.models.message.batched import Going
from dispatch.models.message.outbound import Waiting
from dispatch.rules.outbox import order

log = structlog.get_logger(__name__)

#: Seconds for which slots are reserved ahead: a reply finds the pace no further taken than that.
AHEAD = 0.05
#: Seconds after which the answers that have come are noted, whatever is still under way.
TICK = 0.02
clock = time.monotonic


class Chunk:
    """The messages of one task; `errors` are what broke on the way."""

    def __init__(self, waiting: Sequence[Waiting], lane: str) -> None:
        self.errors: list[Exception] = []
        self._lane = lane
        self._theirs: dict[str, deque[Waiting]] = {}
        for message in sorted(waiting, key=lambda each: each.id):
            self._theirs.setdefault(message.phone, deque()).append(message)
        self._several = Message.with_several(list(self._theirs), lane)
        self._senders = text_or_template.senders(list(self._theirs))
        self._under_way: dict[Future[client.Outcome], Going] = {}

    def go(self, until: float) -> list[ObjectId]:
        """Send, beginning no message after `until` (monotonic); return those for which there was no time.

        What breaks one message does not touch the others. When a store breaks, no more are begun.
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
            self._note(pause)
        while self._under_way:
            self._note(TICK)
        return [message.id for theirs in self._theirs.values() for message in theirs]

    def _begin(self, until: float) -> float | None:
        """Begin a batch; return the seconds until it makes sense to look again, None when there is no time left."""
        senders = sorted({self._senders[phone] for phone in self._theirs})
        pauses = [self._begin_from(sender, until) for sender in senders]
        return min((pause for pause in pauses if pause is not None), default=None)

    def _begin_from(self, sender: str, until: float) -> float | None:
        """Begin a batch of one sender's, which has a pace of its own."""
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

    def _leased(self, sender: str, idle: Sequence[str], most: int) -> list[tuple[Going, float]]:
        """Lease what may go of these people's next messages, each with the seconds until its slot."""
        heads = self._heads(idle, most)
        now = utc_now()
        read = [replace(each, sender=sender) for each in Message.about_to_go(heads, now, self._broken)]
        said = text_or_template.formed(last_check.wanted(read, now, self._broken), now, self._broken)
        batch = meta_limits.within_limits(said, now)
        slots = pacing.reserve(self._lane, sender, len(batch), AHEAD) if batch else []
        unslotted = {going.phone for going in batch[len(slots) :]}
        leased = Message.lease(batch[: len(slots)], utc_now())
        for phone in idle:
            message = self._next(phone)
            if message and message.id in heads and phone not in unslotted:
                self._drop_next(phone)
        return list(zip(leased, slots, strict=False))

    def _heads(self, idle: Sequence[str], most: int) -> list[ObjectId]:
        """Return the next message of each of so many people; who is held up leaves the chunk."""
        found: list[ObjectId] = []
        for phone in idle:
            if len(found) == most:
                break
            try:
                message = self._head(phone)
            except (PyMongoError, RedisError):
                raise
            except Exception as error:  # noqa: BLE001 (raised when all are through; this person's are swept)
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
            # else: it is through by now
        return message

    def _next(self, phone: str) -> Waiting | None:
        theirs = self._theirs.get(phone)
        return theirs[0] if theirs else None

    def _drop_next(self, phone: str) -> None:
        self._theirs[phone].popleft()
        if not self._theirs[phone]:
            del self._theirs[phone]

    def _note(self, seconds: float) -> None:
        """Write down what became of the messages that are through by now, after so many seconds at most."""
        if not self._under_way:
            time.sleep(seconds)
        done, _ = wait(self._under_way, timeout=seconds)
        came = [(self._under_way.pop(posted), posted) for posted in done]
        self.errors += [error for _, posted in came if isinstance(error := posted.exception(), Exception)]
        try:
            outcomes.record_all([(going, each.result()) for going, each in came if not each.exception()], utc_now())
        except Exception as error:  # noqa: BLE001 (raised when all are through)
            self.errors.append(error)

    def _broken(self, message_id: ObjectId, error: Exception) -> None:
        if isinstance(error, PyMongoError | RedisError):
            raise error
        self.errors.append(error)
        parked = Message.stumble(message_id, type(error).__name__)
        if parked:
            log.error("outbound message parked", message=str(message_id), error=parked.error)
            outcomes.let_the_next_go(parked)


def patience() -> timedelta:
    """Return how long it takes to find out what became of one attempt, and to make another."""
    return timedelta(seconds=SENDING_SECONDS + 4 * settings().outbox.unknown_lookup_seconds)


def _is_held_up(message: Waiting, lane: str) -> bool:
    """Tell whether a message has to wait for an earlier one to the same person: that being out, it is hinted at."""
    for earlier in Message.not_through_before(message, lane):
        until = order.holds_up_until(earlier.created_at, earlier.attempts, message.created_at, patience())
        if until > utc_now() and Message.wait_for(message.id, earlier.id, until):
            return True
    return False
