"""Outbound messages: written once for each key, queued until they are sent, withdrawn only while they are queued."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple, Self

from bson import ObjectId
from mongoengine import BooleanField, DateTimeField, DictField, IntField, ListField, ObjectIdField, StringField

from dispatch.models.base.record import Record
from dispatch.rules import phones
from dispatch.rules.outbox import kinds
from dispatch.rules.outbox.states import MessageState

#: A message is parked after so many attempts that ended by our own fault, without an outcome.
MAX_MISHAPS = 5
#: A sweep enqueues a message again if no worker has begun to send it after so many seconds.
HINT_SECONDS = 10


class Waiting(NamedTuple):
    """A queued message: its recipient, and when it was written."""

    id: ObjectId
    phone: str
    created_at: datetime


class Outbound(Record):
    """The outbound fields of a message.

    `next_attempt_at`: when a sweep enqueues the message (again); absent once nothing is left to do. `swept_by`: the
    sweep that did so last. `not_before`: a queued or unknown message waits until then. `answers`: the inbound message
    that arrived while this one was queued, and that it answers. `awaited`: a later message to the same person waits for
    this one. `mishaps`: attempts in which our worker died or failed.
    """

    key = StringField()
    lane = StringField()
    offer = ObjectIdField()
    asks = StringField()
    attempts = ListField(DictField())
    attempted_at = DateTimeField()
    not_before = DateTimeField()
    look_ups = IntField()
    swept_by = ObjectIdField()
    revision = IntField()
    awaited = BooleanField()
    answers = ObjectIdField()
    mishaps = IntField()
    sent_at = DateTimeField()
    delivered_at = DateTimeField()
    read_at = DateTimeField()

    meta = {"abstract": True}

    @classmethod
    def write(cls, drafts: Sequence[dict[str, Any]], now: datetime) -> list[ObjectId]:
        """Save messages, each once for its `key`; return the ids of those that are queued, in order."""
        if not drafts:
            return []
        fresh = {
            "direction": "outbound",
            "status": MessageState.QUEUED.value,
            "attempts": [],
            "look_ups": 0,
            "revision": 0,
            "created_at": now,
            "next_attempt_at": now + timedelta(seconds=HINT_SECONDS),
        }
        cls.insert_missing([({"key": draft["key"]}, fresh | draft) for draft in drafts])
        queued = {"key": {"$in": [draft["key"] for draft in drafts]}, "status": MessageState.QUEUED.value}
        ids = {row["key"]: row["_id"] for row in cls.find_rows(queued, "key")}
        return [ids[d["key"]] for d in drafts if d["key"] in ids]

    @classmethod
    def sendable(cls, ids: Sequence[ObjectId], now: datetime) -> list[Waiting]:
        """Return those of these messages that are due to be sent, in order. The others need no slot."""
        found = {
            row["_id"]: row for row in cls.find_rows({"_id": {"$in": list(ids)}, **ripe(now)}, "phone", "created_at")
        }
        return [Waiting(id_, found[id_]["phone"], found[id_]["created_at"]) for id_ in ids if id_ in found]

    @classmethod
    def withdraw(cls, where: dict[str, Any]) -> int:
        """Withdraw queued messages; return how many."""
        return (
            cls.collection()
            .update_many(
                {**where, "status": MessageState.QUEUED.value},
                {
                    "$set": {"status": MessageState.WITHDRAWN.value},
                    "$unset": {"next_attempt_at": 1},
                    "$inc": {"revision": 1},
                },
            )
            .modified_count
        )

    @classmethod
    def count_mishap(cls, message_id: ObjectId, error: str) -> Self | None:
        """Count a failure of our own code before sending. Return the message if that parks it, else None."""
        queued = {"_id": message_id, "status": MessageState.QUEUED.value}
        stumbled = cls.find_and_update(queued, {"$inc": {"mishaps": 1, "revision": 1}})
        return cls.park(message_id, error) if stumbled and stumbled.mishaps >= MAX_MISHAPS else None

    @classmethod
    def park(cls, message_id: ObjectId, error: str) -> Self | None:
        """Park a queued message until a person retries it. Return None if it is not queued."""
        return cls._end(message_id, MessageState.PARKED, error=error)

    @classmethod
    def give_up(cls, message_id: ObjectId, error_code: int | None) -> Self | None:
        """Give a queued message up, as failed with this error. Return None if it is not queued."""
        return cls._end(message_id, MessageState.FAILED, error_code=error_code)

    @classmethod
    def _end(cls, message_id: ObjectId, status: MessageState, **why: Any) -> Self | None:
        """End a queued message in this state. Return None if it is not queued."""
        return cls.find_and_update(
            {"_id": message_id, "status": MessageState.QUEUED.value},
            {
                "$set": {"status": status.value, **why},
                "$unset": {"next_attempt_at": 1, "not_before": 1},
                "$inc": {"revision": 1},
            },
        )

    @classmethod
    def postpone(cls, message_id: ObjectId, until: datetime) -> bool:
        """Let a queued message wait until then. Return False if it is not queued."""
        later = {"not_before": until, "next_attempt_at": until + timedelta(seconds=HINT_SECONDS)}
        waits = {"_id": message_id, "status": MessageState.QUEUED.value}
        return cls.collection().update_one(waits, {"$set": later}).matched_count == 1

    @classmethod
    def set_answers(cls, message_id: ObjectId, inbound: ObjectId) -> bool:
        """Make a queued message the answer to an inbound message. Return False if it is not queued."""
        waits = {"_id": message_id, "status": MessageState.QUEUED.value}
        return cls.collection().update_one(waits, {"$set": {"answers": inbound}}).matched_count == 1

    @classmethod
    def restore_withdrawn(cls, keys: Sequence[str], now: datetime) -> list[ObjectId]:
        """Queue messages again that were withdrawn before any attempt; return their ids."""
        where = {"key": {"$in": list(keys)}, "status": MessageState.WITHDRAWN.value, "attempts": []}
        ids = [row["_id"] for row in cls.find_rows(where)]
        queued = {"status": MessageState.QUEUED.value, "next_attempt_at": now}
        cls.collection().update_many({**where, "_id": {"$in": ids}}, {"$set": queued, "$inc": {"revision": 1}})
        return ids

    @classmethod
    def requeue_parked(cls, message_id: ObjectId, now: datetime) -> Self | None:
        """Queue a parked message again, without its earlier failures. Return None if it is not parked."""
        queued = {"status": MessageState.QUEUED.value, "next_attempt_at": now + timedelta(seconds=HINT_SECONDS)}
        return cls.find_and_update(
            {"_id": message_id, "direction": "outbound", "status": MessageState.PARKED.value},
            {"$set": queued, "$unset": {"error": 1, "mishaps": 1, "not_before": 1}, "$inc": {"revision": 1}},
        )

    @classmethod
    def readdress(cls, where: dict[str, Any], phone: str) -> None:
        """Change the number of queued messages."""
        queued = {"status": MessageState.QUEUED.value, "next_attempt_at": {"$exists": True}}
        cls.collection().update_many({**where, **queued}, {"$set": {"phone": phone}})

    @classmethod
    def follow_recipient(cls, where: dict[str, Any], phone: str) -> None:
        """Let queued messages go to their recipient's present number, except those about the number itself."""
        key = phones.key_of(phone)
        cls.readdress({**where, "phone": {"$ne": key}, "kind": {"$nin": kinds.passing_opt_outs()}}, key)

    @classmethod
    def postpone_sweep(cls, message_id: ObjectId, was: datetime, to: datetime, **change: Any) -> Self | None:
        """Postpone a message's next sweep, so that only one sweep takes it. Return None if another one did."""
        return cls.find_and_update(
            {"_id": message_id, "next_attempt_at": was}, {"$set": {"next_attempt_at": to, **change}}
        )

    @classmethod
    def postpone_sweeps(cls, ids: Sequence[ObjectId], now: datetime, to: datetime) -> list[ObjectId]:
        """Postpone the next sweep of overdue messages; return those that no other sweep took."""
        ours = {"_id": {"$in": list(ids)}, "swept_by": ObjectId()}
        due = {"_id": ours["_id"], "next_attempt_at": {"$lte": now}}
        cls.collection().update_many(due, {"$set": {"next_attempt_at": to, "swept_by": ours["swept_by"]}})
        return [row["_id"] for row in cls.find_rows(ours)]

    @classmethod
    def overdue_to_send(cls, now: datetime, limit: int = 2000) -> list[Self]:
        """Return outbound messages whose next attempt is overdue."""
        return list(
            cls.objects(direction="outbound", next_attempt_at__lte=now)
            .only("status", "lane", "attempts", "next_attempt_at", "not_before")
            .limit(limit)
        )

    @property
    def first_tried_at(self) -> datetime | None:
        """When the first attempt began. None before that."""
        return min(self.attempted_at, self.attempts[0]["started_at"]) if self.attempted_at else None


def ripe(now: datetime) -> dict[str, Any]:
    """Return the filter of queued messages that need not wait any longer."""
    return {"status": MessageState.QUEUED.value, "$or": [{"not_before": None}, {"not_before": {"$lte": now}}]}
