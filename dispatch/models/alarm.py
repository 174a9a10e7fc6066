"""Alarms: what operations are to be told that is no single job's matter, one row a cause."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from bson import ObjectId
from mongoengine import DateTimeField, DictField, StringField

from dispatch.models.base.record import Record

#: How long whoever posts an alarm has for it before a sweep hints at it again.
POSTING = timedelta(seconds=30)


class Alarm(Record):
    """An alarm, as it was owed last. `post_at` exists while operations are still to be told."""

    cause = StringField(required=True)
    event = StringField(required=True)
    text = StringField(required=True)
    facts = DictField()
    post_at = DateTimeField()

    meta = {
        "collection": "alarms",
        "indexes": [
            {"fields": ["cause"], "unique": True},
            {"fields": ["post_at"], "partialFilterExpression": {"post_at": {"$exists": True}}},
        ],
    }

    @classmethod
    def record_alarm(
        cls, cause: str, event: str, text: str, facts: Mapping[str, str], now: datetime
    ) -> ObjectId | None:
        """Write down that operations are to be told, and return the alarm's id."""
        said = {"event": event, "text": text, "facts": dict(facts)}
        cls.put({"cause": cause}, {"$set": said, "$max": {"post_at": now + POSTING}})
        owed = cls.the({"cause": cause})
        return owed and owed.id

    @classmethod
    def owed(cls, now: datetime, limit: int = 100) -> list[ObjectId]:
        """Return the alarms that should have been posted by now, each pushed on: a hint has its time again."""
        due = list(cls.rows({"post_at": {"$lte": now}}, "post_at"))[:limit]
        again = {"$set": {"post_at": now + POSTING}}
        return [row["_id"] for row in due if cls.take({"_id": row["_id"], "post_at": row["post_at"]}, again)]

    @classmethod
    def posted(cls, alarm_id: ObjectId) -> None:
        """Operations have been told."""
        cls.collection().update_one({"_id": alarm_id}, {"$unset": {"post_at": 1}})
