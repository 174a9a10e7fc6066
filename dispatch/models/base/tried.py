"""Work that may fail: tries are counted; after too many the work is parked until a person retries it."""

from datetime import datetime
from typing import Any, ClassVar, Self

from mongoengine import DateTimeField, IntField, StringField

from dispatch.models.base.record import Record
from dispatch.rules import failures
from dispatch.rules.failures import Failure


class Tried(Record):
    """Each lease raises `tries`; finished work has none. `error` is from the latest failure, without anyone's words.

    `parked_at` exists while the work is given up. Then the fields named by `DUE` are unset.
    """

    DUE: ClassVar[tuple[str, ...]]

    tries = IntField()
    parked_at = DateTimeField()
    error = StringField()

    meta = {"abstract": True}

    @classmethod
    def failed(cls, one: Self, failure: Failure, now: datetime) -> bool:
        """Schedule leased work to be retried, or park it. Return whether this parked it."""
        mine = {"_id": one.id, "tries": one.tries}
        if failures.is_given_up(one.tries, failure):
            parked = {"parked_at": now, "error": failure.error}
            return cls.find_and_update(mine, {"$set": parked, "$unset": dict.fromkeys(cls.DUE, 1)}) is not None
        later = {**dict.fromkeys(cls.DUE, failures.retry_at(one.tries, now)), "error": failure.error}
        cls.find_and_update(mine, {"$set": later, "$inc": {"tries": -1 if failure.passes else 0}})
        return False

    @classmethod
    def retry_parked(cls, where: dict[str, Any], now: datetime) -> int:
        """Let parked work start again with its first try. Return the number of documents."""
        again = {"$set": dict.fromkeys(cls.DUE, now), "$unset": dict.fromkeys(TRY_FIELDS, 1)}
        return cls.collection().update_many({**where, "parked_at": {"$exists": True}}, again).modified_count


#: Each lease also writes this: one more try, and no error.
COUNTED: dict[str, dict[str, Any]] = {"$inc": {"tries": 1}, "$unset": {"error": 1}}
#: Unset when the work is done, or has changed so much that it is new work.
TRY_FIELDS: tuple[str, ...] = ("tries", "error", "parked_at")
#: The index for finding parked work.
PARKED_INDEX: dict[str, Any] = {
    "fields": ["parked_at"],
    "partialFilterExpression": {"parked_at": {"$exists": True}},
}
