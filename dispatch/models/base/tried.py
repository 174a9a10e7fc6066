"""Work that may fail: tries are counted; after too many the work is parked until a person retries it."""

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
        """Schedule leased work to be retried, or park it. Return whether this call parked it."""
        tries = cls.tries.db_field
        mine = {"_id": one.id, tries: one.tries, **cls.WAITING}
        if failures.is_given_up(one.tries, failure):
            parked = {"parked_at": now, "error": failure.error, **cls.PARKED}
            gone = {*cls.DUE, *cls.WAITING} - cls.PARKED.keys()
            return cls.find_and_update(mine, {"$set": parked, "$unset": dict.fromkeys(gone, 1)}) is not None
        later = {**dict.fromkeys(cls.DUE, failures.retry_at(one.tries, now)), "error": failure.error}
        cls.find_and_update(mine, {"$set": later, "$inc": {tries: -1 if failure.passes else 0}})
        return False

    @classmethod
    def retry_parked(cls, where: dict[str, Any], now: datetime) -> int:
        """Let parked work start again with its first try. Return the number of documents."""
        parked = cls.PARKED or {"parked_at": {"$exists": True}}
        again = {**dict.fromkeys(cls.DUE, now), cls.tries.db_field: 0, **cls.WAITING}
        change = {"$set": again, "$unset": {"error": 1, "parked_at": 1}}
        return cls.collection().update_many({**where, **parked}, change).modified_count


#: Each lease also writes this: one more try, and no error.
COUNTED: dict[str, dict[str, Any]] = {"$inc": {"tries": 1}, "$unset": {"error": 1}}
#: Unset when the work is done, or has changed so much that it is new work.
TRY_FIELDS: tuple[str, ...] = ("tries", "error", "parked_at")
#: The index for finding parked work.
PARKED_INDEX: dict[str, Any] = {
    "fields": ["parked_at"],
    "partialFilterExpression": {"parked_at": {"$exists": True}},
}
