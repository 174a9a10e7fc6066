"""Inbound messages: saved once as they arrive, handled in their order for each person, understood once."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, ClassVar, Self

from bson import ObjectId
from mongoengine import BooleanField, DateTimeField, DictField, IntField
from pymongo.errors import DuplicateKeyError

from dispatch.models.base.tried import Tried
from dispatch.rules.outbox.states import MessageState

#: Handling that was leased and is not finished in this time is tried again.
HANDLING_SECONDS = 6
#: Unhandled messages that MongoDB sends at a time.
AT_ONCE = 200
#: A message that nobody has tried to handle is handled at once, though its `next_attempt_at` is ahead.
_NEW = {"handlings": 0, "error": {"$exists": False}}


class Inbound(Tried):
    """The inbound side of a message. `unhandled` exists, and is true, until the message has had its effect or is
    parked. `needs_answer` is true while operations should answer the message, and false once they have. `tries` counts
    the times that handling began; documents name this field `handlings`.
    """

    DUE = ("next_attempt_at",)
    WAITING: ClassVar = {"unhandled": True, "status": MessageState.RECEIVED.value}
    PARKED: ClassVar = {"status": MessageState.PARKED.value}

    tries = IntField(db_field="handlings")
    form = DictField()
    received_at = DateTimeField()
    unhandled = BooleanField()
    meaning = DictField()
    needs_answer = BooleanField()

    meta = {"abstract": True}

    @classmethod
    def arrive(
        cls, sid: str, facts: dict[str, Any], now: datetime, received_at: datetime | None = None
    ) -> ObjectId | None:
        """Save an inbound message once and return its id. Return None if this SID is known already.

        MongoDB stamps the arrival in the same write, unless the caller knows when the message arrived.
        """
        soon = now + timedelta(seconds=2)
        fresh = {**facts, **cls.WAITING, "handlings": 0, "created_at": now, "next_attempt_at": soon}
        change: dict[str, Any] = {"$setOnInsert": fresh}
        if received_at is None:
            change["$currentDate"] = {"received_at": True}
        else:
            fresh["received_at"] = received_at
        try:
            made = cls.upsert({"twilio_sid": sid, "direction": "inbound", "received_at": {"$exists": False}}, change)
        except DuplicateKeyError:
            return None
        upserted: ObjectId | None = made.upserted_id
        return upserted

    @classmethod
    def set_arrival_back(cls, sid: str, at: datetime) -> Self | None:
        """If this message is stamped later than `at`, set its arrival to `at` and return it. Else return None."""
        return cls.find_and_update({"twilio_sid": sid, "received_at": {"$gt": at}}, {"$set": {"received_at": at}})

    @classmethod
    def lease_next(cls, phone: str, now: datetime) -> Self | None:
        """Lease this person's earliest unhandled message. Return None if there is none, or if it is leased.

        Later messages are never leased before the earliest, so its lease is a lease on the person.
        """
        first = cls.find_first({"phone": phone, "unhandled": True}, [("received_at", 1), ("_id", 1)])
        if first is None:
            return None
        return cls.find_and_update(
            {"_id": first.id, "unhandled": True, "$or": [_NEW, {"next_attempt_at": {"$lte": now}}]},
            {
                "$set": {"next_attempt_at": now + timedelta(seconds=HANDLING_SECONDS)},
                "$inc": {"handlings": 1},
                "$unset": {"error": 1},
            },
        )

    @classmethod
    def understand(cls, message: Self, meaning: dict[str, Any]) -> Self:
        """Save the meaning of a message, unless it has one. Return the message with the meaning that is saved."""
        linked = {name: meaning[name] for name in ("job", "agent", "client_id", "needs_answer") if name in meaning}
        fresh = cls.find_and_update(
            {"_id": message.id, "meaning": {"$exists": False}}, {"$set": {"meaning": meaning, **linked}}
        )
        return fresh or cls.objects.get(pk=message.id)

    @classmethod
    def mark_answered(cls, phone: str, until: ObjectId) -> None:
        """Mark a person's messages that need an answer, up to this one, as answered."""
        theirs = {"phone": phone, "_id": {"$lte": until}, "needs_answer": True}
        cls.collection().update_many(theirs, {"$set": {"needs_answer": False}})

    @classmethod
    def mark_answered_about(cls, job: ObjectId) -> None:
        """Mark the messages about a job that need an answer as answered."""
        cls.collection().update_many({"job": job, "needs_answer": True}, {"$set": {"needs_answer": False}})

    @classmethod
    def any_needs_answer(cls, job: ObjectId) -> bool:
        """Return whether a message about this job needs an answer."""
        return cls.find_first({"job": job, "needs_answer": True}) is not None

    @classmethod
    def handled(cls, message_id: ObjectId) -> None:
        """Mark a message as handled: it has had its effect."""
        cls.collection().update_one(
            {"_id": message_id},
            {"$set": {"status": MessageState.HANDLED.value}, "$unset": {"unhandled": 1, "next_attempt_at": 1}},
        )

    @property
    def is_new(self) -> bool:
        """Return whether handling has never begun."""
        return not self.tries and self.error is None

    def failures(self, now: datetime) -> int:
        """Return the number of failed tries; a try whose lease still runs is not counted, as it may succeed."""
        over = self.error is not None or self.next_attempt_at is None or self.next_attempt_at <= now
        return self.tries if over else self.tries - 1

    @classmethod
    def unhandled_before(cls, arrived_at: datetime, message_id: ObjectId, limit: int = 0) -> Iterator[Self]:
        """Yield the unhandled messages that arrived before this one, latest first, at most `limit` (0: all)."""
        before = {"$or": [{"received_at": {"$lt": arrived_at}}, {"_id": {"$lt": message_id}}]}
        where = {"unhandled": True, "received_at": {"$lte": arrived_at}, **before}
        latest_first = [("received_at", -1), ("_id", -1)]
        for row in cls.collection().find(where, sort=latest_first, limit=limit, batch_size=AT_ONCE):
            yield cls._from_son(row)

    @classmethod
    def is_handled_soon(cls, phone: str) -> bool:
        """Return whether this person's earliest unhandled message has not failed yet."""
        first = cls.objects(phone=phone, unhandled=True).order_by("received_at", "id").only("tries").first()
        return first is not None and first.tries <= 1

    @classmethod
    def overdue_to_handle(cls, now: datetime, limit: int = 500) -> list[Self]:
        """Return up to `limit` inbound messages whose handling is overdue."""
        return list(
            cls.objects(unhandled=True, next_attempt_at__lte=now).only("tries", "error", "next_attempt_at").limit(limit)
        )
