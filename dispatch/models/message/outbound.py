"""Outbound messages: written once for each cause, kept until they are sent, taken back while they are not."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple, Self

from bson import ObjectId
from mongoengine import BooleanField, DateTimeField, DictField, IntField, ListField, ObjectIdField, StringField

from dispatch.models.base.record import Record
from dispatch.rules.outbox.states import MessageState

#: Attempts that may end without any outcome, each by our own fault, before a message is parked.
MAX_MISHAPS = 5
#: After this many seconds a sweep hints again at a message that nobody has begun to send.
HINT_SECONDS = 10


class Waiting(NamedTuple):
    """A message that waits to be sent, to whom, and since when."""

    id: ObjectId
    phone: str
    created_at: datetime


class Outbound(Record):
    """The outbound side of a message. `next_attempt_at` exists while anything is still to be done about it.

    It is when a sweep hints at it (again), `swept_by` which one did so last; nothing is done about a queued or unknown
    one before `not_before`. `answers`: what its recipient wrote while it waited, of which it tells enough. `awaited`: a
    later message to the same person waits until this one is through. `mishaps`: attempts in which our worker died or
    broke.
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
        """Save messages, each once for its `key`; return the ids of those that are still to be sent, in order."""
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
        """Return those of these messages that wait to be sent now, in order: a stale hint costs no slot."""
        found = {
            row["_id"]: row for row in cls.find_rows({"_id": {"$in": list(ids)}, **ripe(now)}, "phone", "created_at")
        }
        return [Waiting(id_, found[id_]["phone"], found[id_]["created_at"]) for id_ in ids if id_ in found]

    @classmethod
    def withdraw(cls, where: dict[str, Any]) -> int:
        """Take back messages that nobody has begun to send; return how many."""
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
    def stumble(cls, message_id: ObjectId, error: str) -> Self | None:
        """Count that our own code broke over a message before anybody tried to send it; too often, and it is parked."""
        queued = {"_id": message_id, "status": MessageState.QUEUED.value}
        stumbled = cls.find_and_update(queued, {"$inc": {"mishaps": 1, "revision": 1}})
        return cls.park(message_id, error) if stumbled and stumbled.mishaps >= MAX_MISHAPS else None

    @classmethod
    def park(cls, message_id: ObjectId, error: str) -> Self | None:
        """Set a message aside that nobody has begun to send, until a person sees to it; None when it is not queued."""
        return cls._end(message_id, MessageState.PARKED, error=error)

    @classmethod
    def give_up(cls, message_id: ObjectId, error_code: int | None) -> Self | None:
        """Let a message that waits for another attempt have failed with this error; None when it does not wait."""
        return cls._end(message_id, MessageState.FAILED, error_code=error_code)

    @classmethod
    def _end(cls, message_id: ObjectId, status: MessageState, **why: Any) -> Self | None:
        """Let a message wait to be sent no longer, whatever it waits for; None when it does not."""
        return cls.find_and_update(
            {"_id": message_id, "status": MessageState.QUEUED.value},
            {
                "$set": {"status": status.value, **why},
                "$unset": {"next_attempt_at": 1, "not_before": 1},
                "$inc": {"revision": 1},
            },
        )

    @classmethod
    def put_off(cls, message_id: ObjectId, until: datetime) -> bool:
        """Let a message that nobody has begun to send wait until then; False when none waits."""
        later = {"not_before": until, "next_attempt_at": until + timedelta(seconds=HINT_SECONDS)}
        waits = {"_id": message_id, "status": MessageState.QUEUED.value}
        return cls.collection().update_one(waits, {"$set": later}).matched_count == 1

    @classmethod
    def let_answer(cls, message_id: ObjectId, heard: ObjectId) -> bool:
        """Let a message that waits to be sent be the answer to what its recipient wrote; False when none waits."""
        waits = {"_id": message_id, "status": MessageState.QUEUED.value}
        return cls.collection().update_one(waits, {"$set": {"answers": heard}}).matched_count == 1

    @classmethod
    def bring_back(cls, keys: Sequence[str], now: datetime) -> list[ObjectId]:
        """Let messages be sent after all that were taken back before anybody began to send them; return their ids."""
        where = {"key": {"$in": list(keys)}, "status": MessageState.WITHDRAWN.value, "attempts": []}
        ids = [row["_id"] for row in cls.find_rows(where)]
        queued = {"status": MessageState.QUEUED.value, "next_attempt_at": now}
        cls.collection().update_many({**where, "_id": {"$in": ids}}, {"$set": queued, "$inc": {"revision": 1}})
        return ids

    @classmethod
    def send_anew(cls, message_id: ObjectId, now: datetime) -> Self | None:
        """Let a parked message be sent as if nothing had failed yet; None when it is not parked."""
        queued = {"status": MessageState.QUEUED.value, "next_attempt_at": now + timedelta(seconds=HINT_SECONDS)}
        return cls.find_and_update(
            {"_id": message_id, "direction": "outbound", "status": MessageState.PARKED.value},
            {"$set": queued, "$unset": {"error": 1, "mishaps": 1, "not_before": 1}, "$inc": {"revision": 1}},
        )

    @classmethod
    def readdress(cls, where: dict[str, Any], phone: str) -> None:
        """Let messages that nobody has begun to send go to another number."""
        cls.collection().update_many({**where, "status": MessageState.QUEUED.value}, {"$set": {"phone": phone}})

    @classmethod
    def push_on(cls, message_id: ObjectId, was: datetime, to: datetime, **change: Any) -> Self | None:
        """Move a message's next look on, so that only one sweep or look-up takes it; None when another one did."""
        return cls.find_and_update(
            {"_id": message_id, "next_attempt_at": was}, {"$set": {"next_attempt_at": to, **change}}
        )

    @classmethod
    def push_all_on(cls, ids: Sequence[ObjectId], now: datetime, to: datetime) -> list[ObjectId]:
        """Move the next look at overdue messages on, all at once; return those that no other sweep was faster at."""
        ours = {"_id": {"$in": list(ids)}, "swept_by": ObjectId()}
        due = {"_id": ours["_id"], "next_attempt_at": {"$lte": now}}
        cls.collection().update_many(due, {"$set": {"next_attempt_at": to, "swept_by": ours["swept_by"]}})
        return [row["_id"] for row in cls.find_rows(ours)]

    @classmethod
    def overdue_to_send(cls, now: datetime, limit: int = 2000) -> list[Self]:
        """Return outbound messages that something should have happened to by now."""
        return list(
            cls.objects(direction="outbound", next_attempt_at__lte=now)
            .only("status", "lane", "attempts", "next_attempt_at", "not_before")
            .limit(limit)
        )

    @property
    def first_tried_at(self) -> datetime | None:
        """When somebody first began to send it; None when nobody has."""
        return min(self.attempted_at, self.attempts[0]["started_at"]) if self.attempted_at else None


def ripe(now: datetime) -> dict[str, Any]:
    """Match what waits to be sent, and for nothing else by now."""
    return {"status": MessageState.QUEUED.value, "$or": [{"not_before": None}, {"not_before": {"$lte": now}}]}
