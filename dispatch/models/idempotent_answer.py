"""Answers: what a POST that came with an Idempotency-Key was answered, kept for a day."""

from datetime import datetime, timedelta
from typing import Any

from mongoengine import BinaryField, DateTimeField, IntField, ListField, StringField
from pymongo import ReturnDocument
from pymongo.errors import DuplicateKeyError

from dispatch.models.base.record import Record, with_version

#: How long an answer is replayed, counted from when it was given.
KEPT_SECONDS = 24 * 60 * 60
#: How long whoever works on an answer has for itself; after that, it died, and the next one works on it.
LEASE = timedelta(seconds=30)


class Answer(Record):
    """The request that came under a key, and its answer once there is one.

    `id` stands for the request, whoever works on it: what was made for it can be found again (`Job.request`,
    `Agent.request`, an event's `request`), and a key that comes again after it was forgotten has another one.
    `asked` is a digest of the request.
    """

    key = StringField(required=True)
    asked = StringField(required=True)
    leased_until = DateTimeField(required=True)
    touched_at = DateTimeField(required=True)
    status = IntField()
    headers = ListField(ListField(StringField()))
    body = BinaryField()

    meta = {
        "collection": "answers",
        "indexes": [
            {"fields": ["key"], "unique": True},
            {"fields": ["touched_at"], "expireAfterSeconds": KEPT_SECONDS},
        ],
    }

    @classmethod
    def lease(cls, key: str, asked: str, now: datetime) -> "Answer | None":
        """Take the right to answer; None when it is answered, somebody is at it, or something else was asked."""
        try:
            taken = cls.collection().find_one_and_update(
                {"key": key, "asked": asked, "status": {"$exists": False}, "leased_until": {"$lte": now}},
                with_version({"$set": {"leased_until": now + LEASE, "touched_at": now}}),
                upsert=True,
                return_document=ReturnDocument.AFTER,
            )
        except DuplicateKeyError:
            return None
        return cls._from_son(taken)

    @classmethod
    def by_key(cls, key: str) -> "Answer | None":
        """Return what stands under a key."""
        return cls.find_first({"key": key})

    def keep(self, status: int, headers: list[tuple[str, str]], body: bytes, now: datetime) -> None:
        """Keep the answer, unless somebody else has taken over."""
        answer = {"status": status, "headers": [list(header) for header in headers], "body": body}
        self._write({**answer, "touched_at": now})

    def give_back(self, now: datetime) -> None:
        """Let the next one work on it at once."""
        self._write({"leased_until": now})

    def _write(self, fields: dict[str, Any]) -> None:
        mine = {"_id": self.id, "leased_until": self.leased_until, "status": {"$exists": False}}
        self.collection().update_one(mine, {"$set": fields})
