"""Timers: what falls due for a job, one row a job and kind; the queue only carries hints of them."""

from datetime import datetime, timedelta

from bson import ObjectId
from mongoengine import DateTimeField, IntField, ObjectIdField, StringField
from pymongo.errors import DuplicateKeyError

from dispatch.models.record import Record


class Timer(Record):
    """`next_attempt_at` exists while the timer waits: when it is to be armed, or armed again.

    `leased_until`: a firing is under way until then. `plan` and `round` are the job's for which it was set.
    """

    job = ObjectIdField(required=True)
    kind = StringField(required=True)
    due_at = DateTimeField(required=True)
    version = IntField(required=True)
    plan = IntField(default=1)
    round = IntField(default=1)
    attempts = IntField(default=0)
    next_attempt_at = DateTimeField()
    leased_until = DateTimeField()
    fired_at = DateTimeField()

    meta = {
        "collection": "timers",
        "indexes": [
            {"fields": ["job", "kind"], "unique": True},
            {"fields": ["next_attempt_at"], "partialFilterExpression": {"next_attempt_at": {"$exists": True}}},
        ],
    }

    @classmethod
    def set(cls, job: ObjectId, kind: str, due_at: datetime, version: int, horizon_seconds: float, *, plan: int = 1,
            round_: int = 1) -> "Timer | None":  # fmt: skip
        """Write the timer for this version of the job; an older version never overwrites a newer one.

        Returns the timer as set, None when it stands already (also when it has fired for this version).
        """
        change = {
            "due_at": due_at,
            "version": version,
            "plan": plan,
            "round": round_,
            "attempts": 0,
            "next_attempt_at": due_at - timedelta(seconds=horizon_seconds),
            "leased_until": None,
            "fired_at": None,
        }
        older = {"job": job, "kind": kind, "version": {"$lt": version}}
        try:
            result = cls.put(older, {"$set": change})
        except DuplicateKeyError:  # it stands: in this version or a newer one, or just inserted in an older one
            result = cls.collection().update_one(older, {"$set": change})
        return cls.objects(job=job, kind=kind).first() if result.upserted_id or result.matched_count else None

    @classmethod
    def of_job(cls, job: ObjectId) -> list["Timer"]:
        """Return what falls due for a job and what has fallen due, soonest first."""
        return list(cls.objects(job=job).order_by("due_at", "id"))

    @classmethod
    def arm(cls, now: datetime, again_seconds: float, limit: int = 1000) -> list["Timer"]:
        """Return the timers to be armed now, each pushed on: a lost hint is repeated `again_seconds` after due."""
        armed = []
        for timer in cls.objects(next_attempt_at__lte=now).limit(limit):
            again = max(timer.due_at, now) + timedelta(seconds=again_seconds)
            if cls.take(
                {"_id": timer.id, "next_attempt_at": timer.next_attempt_at}, {"$set": {"next_attempt_at": again}}
            ):
                armed.append(timer)
        return armed

    @classmethod
    def lease(cls, timer_id: ObjectId, due_at: datetime, now: datetime, lease_seconds: float) -> "Timer | None":
        """Take a timer that still has this due time, is not being fired and has not fired; the attempt is counted."""
        until = now + timedelta(seconds=lease_seconds)
        return cls.take(
            {
                "_id": timer_id,
                "due_at": due_at,
                "fired_at": None,
                "$or": [{"leased_until": None}, {"leased_until": {"$lte": now}}],
            },
            {"$set": {"next_attempt_at": until, "leased_until": until}, "$inc": {"attempts": 1}},
        )

    @classmethod
    def clear(cls, job: ObjectId) -> None:
        """Remove the timers of a job that have not fired: nothing is to fall due for it any more."""
        cls.collection().delete_many({"job": job, "fired_at": None})

    @classmethod
    def finish(cls, timer: "Timer", now: datetime) -> None:
        """Mark a timer as fired, unless it has been set anew meanwhile."""
        cls.collection().update_one(
            {"_id": timer.id, "due_at": timer.due_at, "version": timer.version},
            {"$set": {"fired_at": now}, "$unset": {"next_attempt_at": 1}},
        )

    @property
    def waiting(self) -> bool:
        """Whether it is still to fire."""
        return self.fired_at is None
