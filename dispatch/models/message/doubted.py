"""Messages that Twilio took and of which no news came: asked after once, then doubtful until a receipt comes."""

from datetime import datetime, timedelta
from typing import Any, Self

from bson import ObjectId
from mongoengine import BooleanField, DateTimeField

from dispatch.models.base.record import Record
from dispatch.rules.outbox.states import DOUBTED_AFTER


class Doubted(Record):
    """`doubt_at` exists from when Twilio took a message until it is known to have arrived, or is `doubtful`."""

    doubt_at = DateTimeField()
    doubtful = BooleanField()

    meta = {"abstract": True}

    @classmethod
    def take_in_doubt(cls, now: datetime, again_at: datetime, limit: int = 100) -> list[Self]:
        """Return messages to be asked after, each pushed on: when Twilio can't be asked, they come again."""
        due = cls.objects(doubt_at__lte=now).only("doubt_at").order_by("doubt_at").limit(limit)
        pushed = ((each, {"_id": each.id, "doubt_at": each.doubt_at}) for each in due)
        return [each for each, where in pushed if cls.find_and_update(where, {"$set": {"doubt_at": again_at}})]

    @classmethod
    def doubt(cls, message_id: ObjectId, revision: int) -> bool:
        """Note that Twilio had no news either; False when some came meanwhile."""
        result = cls.collection().update_one(
            {"_id": message_id, "revision": revision, "doubt_at": {"$exists": True}},
            {"$set": {"doubtful": True}, "$unset": {"doubt_at": 1}, "$inc": {"revision": 1}},
        )
        return result.matched_count == 1


def doubt(status: str, was: str, now: datetime) -> tuple[dict[str, Any], dict[str, int]]:
    """Return what to set and to unset when a message rises: news ends a doubt, and the next may come."""
    if status == was:
        return {}, {}
    wait: timedelta | None = DOUBTED_AFTER.get(status)
    return ({"doubt_at": now + wait}, {"doubtful": 1}) if wait else ({}, {"doubt_at": 1, "doubtful": 1})
