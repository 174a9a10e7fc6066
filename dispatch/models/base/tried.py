"""What may fail: how often it was tried since it last worked; parked when too often, put back by a person."""

from datetime import datetime
from typing import Any, ClassVar, Self

from mongoengine import DateTimeField, IntField, StringField

from dispatch.models.base.record import Record
from dispatch.rules import failures
from dispatch.rules.failures import Failure


class Tried(Record):
    """`tries` is raised by each lease and unset when the work is done; `error` is of the latest failure, without any
    person's words. `parked_at` exists while the work is parked; then the fields named by `DUE` are unset.

    A document whose state shows in other fields, too, names them: `WAITING` has their values while there is work to do,
    `PARKED` while it is parked.
    """

    DUE: ClassVar[tuple[str, ...]]
    WAITING: ClassVar[dict[str, Any]] = {}
    PARKED: ClassVar[dict[str, Any]] = {}

    tries = IntField()
    parked_at = DateTimeField()
    error = StringField()

    meta = {"abstract": True}

    @classmethod
    def failed(cls, one: Self, failure: Failure, now: datetime) -> bool:
        """Let leased work be tried again later, or park it. Return True if this call parks it."""
        tries = cls.tries.db_field
        mine = {"_id": one.id, tries: one.tries, **cls.WAITING}
        if failures.is_hopeless(one.tries, failure):
            parked = {"parked_at": now, "error": failure.error, **cls.PARKED}
            gone = {*cls.DUE, *cls.WAITING} - cls.PARKED.keys()
            return cls.find_and_update(mine, {"$set": parked, "$unset": dict.fromkeys(gone, 1)}) is not None
        later = {**dict.fromkeys(cls.DUE, failures.again_at(one.tries, now)), "error": failure.error}
        cls.find_and_update(mine, {"$set": later, "$inc": {tries: -1 if failure.passes else 0}})
        return False

    @classmethod
    def retry_parked(cls, where: dict[str, Any], now: datetime) -> int:
        """Let parked work be tried again as if for the first time. Return the number of documents."""
        parked = cls.PARKED or {"parked_at": {"$exists": True}}
        again = {**dict.fromkeys(cls.DUE, now), cls.tries.db_field: 0, **cls.WAITING}
        change = {"$set": again, "$unset": {"error": 1, "parked_at": 1}}
        return cls.collection().update_many({**where, **parked}, change).modified_count


#: What each lease takes with it: the try is counted, the last one's error is past.
COUNTED: dict[str, dict[str, Any]] = {"$inc": {"tries": 1}, "$unset": {"error": 1}}
#: What is unset when the work is done, or has changed so that it is another.
TRY_FIELDS: tuple[str, ...] = ("tries", "error", "parked_at")
#: The index for finding what is parked.
PARKED_INDEX: dict[str, Any] = {
    "fields": ["parked_at"], "partialFilterExpression": {"parked_at": {"$exists": True}},
}  # fmt: skip
