"""Alarms: notices to operations, one row a cause."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from bson import ObjectId
from mongoengine import DateTimeField, DictField, StringField

from dispatch.models.base.record import Record

#: A worker has so long to post an alarm before a sweep enqueues it again.
POSTING = timedelta(seconds=30)


class Alarm(Record):
    """An alarm, as it was recorded last. `post_at` exists until it is posted.

    Alarms with the same `topic` are posted once in ten minutes. Without a topic, the cause is the topic.
    """

    cause = StringField(required=True)
    topic = StringField()
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
        cls, cause: str, topic: str, event: str, text: str, facts: Mapping[str, str], now: datetime
    ) -> ObjectId | None:
        """Record an alarm that is to be posted, and return its id."""
        alarm = {"topic": topic, "event": event, "text": text, "facts": dict(facts)}
        cls.upsert({"cause": cause}, {"$set": alarm, "$max": {"post_at": now + POSTING}})
        recorded = cls.find_first({"cause": cause})
        return recorded and recorded.id

    @classmethod
    def overdue(cls, now: datetime, limit: int = 100) -> list[ObjectId]:
        """Return the alarms that should have been posted. Each is overdue again after another `POSTING`."""
        due = list(cls.find_rows({"post_at": {"$lte": now}}, "post_at"))[:limit]
        again = {"$set": {"post_at": now + POSTING}}
        return [row["_id"] for row in due if cls.find_and_update({"_id": row["_id"], "post_at": row["post_at"]}, again)]

    @classmethod
    def posted(cls, alarm: "Alarm") -> None:
        """Note that an alarm is posted, or need not be. Change nothing if it was recorded again since it was read."""
        cls.collection().update_one({"_id": alarm.id, "post_at": alarm.post_at}, {"$unset": {"post_at": 1}})
