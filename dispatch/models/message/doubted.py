"""Messages that Twilio accepted and that no receipt followed: looked up once, then doubtful until a receipt arrives."""

from datetime import datetime, timedelta
from typing import Any, Self

from bson import ObjectId
from mongoengine import BooleanField, DateTimeField

from dispatch.models.base.record import Record
from dispatch.rules.outbox.states import DOUBTED_AFTER


class Doubted(Record):
    """Fields of a message without receipts.

    `doubt_at`: when the message is looked up at Twilio; absent before Twilio accepts the message, and once the message
    is known to have arrived or is `doubtful`.
    """

    doubt_at = DateTimeField()
    doubtful = BooleanField()

    meta = {"abstract": True}

    @classmethod
    def lease_doubtful(cls, now: datetime, again_at: datetime, limit: int = 100) -> list[Self]:
        """Take messages that are to be looked up at Twilio. If Twilio fails, they are due at `again_at`."""
        due = cls.objects(doubt_at__lte=now).only("doubt_at").order_by("doubt_at").limit(limit)
        leases = ((each, {"_id": each.id, "doubt_at": each.doubt_at}) for each in due)
        return [each for each, where in leases if cls.find_and_update(where, {"$set": {"doubt_at": again_at}})]

    @classmethod
    def mark_doubtful(cls, message_id: ObjectId, revision: int) -> bool:
        """Mark a message as doubtful, as Twilio has no news either. Return False if a receipt has changed it since."""
        result = cls.collection().update_one(
            {"_id": message_id, "revision": revision, "doubt_at": {"$exists": True}},
            {"$set": {"doubtful": True}, "$unset": {"doubt_at": 1}, "$inc": {"revision": 1}},
        )
        return result.matched_count == 1


def doubt(status: str, was: str, now: datetime) -> tuple[dict[str, Any], dict[str, int]]:
    """Return the fields to set and to unset when a message's state rises: the doubt ends, and a new wait begins."""
    if status == was:
        return {}, {}
    wait: timedelta | None = DOUBTED_AFTER.get(status)
    return ({"doubt_at": now + wait}, {"doubtful": 1}) if wait else ({}, {"doubt_at": 1, "doubtful": 1})
