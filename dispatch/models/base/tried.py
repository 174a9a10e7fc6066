"""What may fail: how often it was tried since it last worked; parked when too often, put back by a person."""

from datetime import datetime
from typing import Any, ClassVar, Self

from mongoengine import DateTimeField, IntField, StringField

from dispatch.models.base.record import Record
from dispatch.rules import failures
from dispatch.rules.failures import Failure


class Tried(Record):
    """`tries` is raised by each lease and gone when the work is done; `error` is of the latest failure, no person's
    words in it. `parked_at` exists while it is not tried any more; then the fields named by `DUE` are unset.
    """

    DUE: ClassVar[tuple[str, ...]]

    tries = IntField()
    parked_at = DateTimeField()
    error = StringField()

    meta = {"abstract": True}

    @classmethod
    def failed(cls, one: Self, failure: Failure, now: datetime) -> bool:
        """Let work whose lease this is be tried again later, or park it; True when it is parked by this."""
        mine = {"_id": one.id, "tries": one.tries}
        if failures.is_hopeless(one.tries, failure):
            parked = {"parked_at": now, "error": failure.error}
            return cls.find_and_update(mine, {"$set": parked, "$unset": dict.fromkeys(cls.DUE, 1)}) is not None
        later = {**dict.fromkeys(cls.DUE, failures.again_at(one.tries, now)), "error": failure.error}
        cls.find_and_update(mine, {"$set": later, "$inc": {"tries": -1 if failure.passes else 0}})
        return False

    @classmethod
    def retry_parked(cls, where: dict[str, Any], now: datetime) -> int:
        """Let what is parked be tried again as if for the first time; return how much it was."""
        again = {"$set": dict.fromkeys(cls.DUE, now), "$unset": dict.fromkeys(TRY_FIELDS, 1)}
        return cls.collection().update_many({**where, "parked_at": {"$exists": True}}, again).modified_count


#: What each lease takes with it: the try is counted, the last one's error is past.
COUNTED: dict[str, dict[str, Any]] = {"$inc": {"tries": 1}, "$unset": {"error": 1}}
#: What is unset when the work is done, or has changed so that it is another.
TRY_FIELDS: tuple[str, ...] = ("tries", "error", "parked_at")
#: The index for finding what is parked.
PARKED_INDEX: dict[str, Any] = {
    "fields": ["parked_at"], "partialFilterExpression": {"parked_at": {"$exists": True}},
}  # fmt: skip
