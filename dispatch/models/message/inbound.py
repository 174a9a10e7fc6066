"""Inbound messages: saved once as they arrive, handled in order for each person, understood once."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Self

from bson import ObjectId
from mongoengine import BooleanField, DateTimeField, DictField, IntField, StringField
from pymongo.errors import DuplicateKeyError

from dispatch.models.base.record import Record
from dispatch.rules import failures as rules_failures
from dispatch.rules.failures import Failure
from dispatch.rules.outbox.states import MessageState

#: Handling that was leased and not finished in this time is tried again.
HANDLING_SECONDS = 6
#: Unhandled messages that are read at once.
AT_ONCE = 200
#: Not tried yet: it need not wait for its sweep.
_NEW = {"handlings": 0, "error": {"$exists": False}}


class Inbound(Record):
    """The inbound side of a message. `unhandled` is present and true until the message has had its effect, or is
    parked. `error` is why its last handling failed: an exception's type and place, none of its words.
    """

    form = DictField()
    received_at = DateTimeField()
    unhandled = BooleanField()
    handlings = IntField()
    meaning = DictField()
    error = StringField()

    meta = {"abstract": True}

    @classmethod
    def arrive(
        cls, sid: str, facts: dict[str, Any], now: datetime, received_at: datetime | None = None
    ) -> ObjectId | None:
        """Save an inbound message once; MongoDB stamps its arrival in the same write, unless a rescue brings the stamp.

        Returns its id, or None when this SID is known already.
        """
        fresh = {**facts, "status": MessageState.RECEIVED.value, "unhandled": True,
                 "handlings": 0, "created_at": now, "next_attempt_at": now + timedelta(seconds=2)}  # fmt: skip
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
        """Let an inbound message have arrived by then; None when it is not known or arrived earlier."""
        return cls.find_and_update({"twilio_sid": sid, "received_at": {"$gt": at}}, {"$set": {"received_at": at}})

    @classmethod
    def lease_next(cls, phone: str, now: datetime) -> Self | None:
        """Take this person's earliest unhandled message; None when there is none or somebody is handling it.

        Only ever the earliest is taken, so the lease on it is the lease on the person.
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
        """Write what a message was understood as, once; return the message with what stands."""
        linked = {name: meaning[name] for name in ("job", "agent", "client_id") if name in meaning}
        fresh = cls.find_and_update(
            {"_id": message.id, "meaning": {"$exists": False}}, {"$set": {"meaning": meaning, **linked}}
        )
        return fresh or cls.objects.get(pk=message.id)

    @classmethod
    def handled(cls, message_id: ObjectId) -> None:
        """Note that a message has had its effect."""
        cls.collection().update_one(
            {"_id": message_id},
            {"$set": {"status": MessageState.HANDLED.value}, "$unset": {"unhandled": 1, "next_attempt_at": 1}},
        )

    @classmethod
    def handling_failed(cls, message: Self, failure: Failure, now: datetime) -> bool:
        """Let a leased message be handled again later, or park it; True when it is parked by this."""
        mine = {"_id": message.id, "unhandled": True, "handlings": message.handlings}
        if rules_failures.is_given_up(message.handlings, failure):
            parked = {"status": MessageState.PARKED.value, "error": failure.error}
            return (
                cls.find_and_update(mine, {"$set": parked, "$unset": {"unhandled": 1, "next_attempt_at": 1}})
                is not None
            )
        later = {"next_attempt_at": rules_failures.retry_at(message.handlings, now), "error": failure.error}
        cls.find_and_update(mine, {"$set": later, "$inc": {"handlings": -1 if failure.passes else 0}})
        return False

    @classmethod
    def handle_anew(cls, message_id: ObjectId, now: datetime) -> Self | None:
        """Let a parked message be handled as if for the first time, in its order; None when it is not parked."""
        fresh = {"status": MessageState.RECEIVED.value, "unhandled": True, "handlings": 0, "next_attempt_at": now}
        parked = {"_id": message_id, "direction": "inbound", "status": MessageState.PARKED.value}
        return cls.find_and_update(parked, {"$set": fresh, "$unset": {"error": 1}})

    @property
    def is_new(self) -> bool:
        """Whether nobody has begun to handle it."""
        return not self.handlings and self.error is None

    def failures(self, now: datetime) -> int:
        """How often handling it has failed, as far as anybody knows by now: one under way may still succeed."""
        over = self.error is not None or self.next_attempt_at is None or self.next_attempt_at <= now
        return self.handlings if over else self.handlings - 1

    @classmethod
    def unhandled_before(cls, arrived_at: datetime, message_id: ObjectId, limit: int = 0) -> Iterator[Self]:
        """Yield the unhandled messages that arrived before another one did, the latest first; with `limit` so many."""
        before = {"$or": [{"received_at": {"$lt": arrived_at}}, {"_id": {"$lt": message_id}}]}
        where = {"unhandled": True, "received_at": {"$lte": arrived_at}, **before}
        latest_first = [("received_at", -1), ("_id", -1)]
        for row in cls.collection().find(where, sort=latest_first, limit=limit, batch_size=AT_ONCE):
            yield cls._from_son(row)

    @classmethod
    def is_heard_soon(cls, phone: str) -> bool:
        """Whether this person has written something that is to be handled first, and has not failed yet."""
        first = cls.objects(phone=phone, unhandled=True).order_by("received_at", "id").only("handlings").first()
        return first is not None and first.handlings <= 1

    @classmethod
    def overdue_to_handle(cls, now: datetime, limit: int = 500) -> list[Self]:
        """Return inbound messages that should have been handled by now."""
        return list(
            cls.objects(unhandled=True, next_attempt_at__lte=now)
            .only("handlings", "error", "next_attempt_at")
            .limit(limit)
        )
