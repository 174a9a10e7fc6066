"""Answers to POST requests with an Idempotency-Key, kept for a day."""

from datetime import datetime, timedelta
from typing import Any

from mongoengine import BinaryField, DateTimeField, IntField, ListField, StringField
from pymongo import ReturnDocument
from pymongo.errors import DuplicateKeyError

from dispatch.models.base.record import Record, with_version

#: Seconds from the answer during which it is replayed.
KEPT_SECONDS = 24 * 60 * 60
#: Lease for working on an answer. Afterwards the process is taken for dead, and the next request works on it.
LEASE = timedelta(seconds=30)


class Answer(Record):
    """The request under a key, and its answer once there is one.

    `id` identifies the request for all processes that work on it: its effects can be found again (`Job.request`,
    `Agent.request`, an event's `request`). A key that is used again after a day gets another id. `asked` is a digest of
    the request.
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
        """Lease the answer. Return None if it is answered, another process has the lease, or the request differs."""
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
        """Return the request and answer under a key. Return None if there is none."""
        return cls.find_first({"key": key})

    def keep(self, status: int, headers: list[tuple[str, str]], body: bytes, now: datetime) -> None:
        """Save the answer, unless another process has taken over."""
        answer = {"status": status, "headers": [list(header) for header in headers], "body": body}
        self._write({**answer, "touched_at": now})

    def give_back(self, now: datetime) -> None:
        """End the lease at once."""
        self._write({"leased_until": now})

    def release_key(self) -> None:
        """Free the key for another request, unless another process has taken over. Nothing was done under it."""
        self.collection().delete_one(self._mine())

    def _write(self, fields: dict[str, Any]) -> None:
        self.collection().update_one(self._mine(), {"$set": fields})

    def _mine(self) -> dict[str, Any]:
        return {"_id": self.id, "leased_until": self.leased_until, "status": {"$exists": False}}
