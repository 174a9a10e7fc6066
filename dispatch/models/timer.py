"""Timers: what falls due for a job, one row a job and kind; the queue only carries hints of them."""

from datetime import datetime, timedelta
from typing import Any

from bson import ObjectId
from mongoengine import DateTimeField, IntField, ObjectIdField, StringField
from pymongo.errors import DuplicateKeyError

from dispatch.models.base.tried import COUNTED, PARKED_INDEX, TRY_FIELDS, Tried

#: Seconds until an overdue timer that was hinted at is hinted at again, and how many more for each hint that stands
#: before its own: a backlog must not multiply itself.
HINTED_SECONDS = 10
SECONDS_A_HINT = 0.02
#: How long a firing has before it may be repeated: it takes milliseconds, and two at once have one effect.
FIRING = timedelta(seconds=5)
_EXISTS = {"$exists": True}


class Timer(Tried):
    """`next_attempt_at` exists while the timer waits: when it is to be armed, or armed again; `armed_by` did so last.

    `leased_until`: a firing is under way, or has failed and is not repeated before then. `hears_since`: since then it
    waits for what somebody has written to be handled. `plan` and `round` are the job's for which it was set. In the
    end it has `fired_at`, or `missed_at` (it would come too late), or is parked.
    """

    DUE = ("next_attempt_at", "leased_until")

    job = ObjectIdField(required=True)
    kind = StringField(required=True)
    due_at = DateTimeField(required=True)
    version = IntField(required=True)
    plan = IntField(default=1)
    round = IntField(default=1)
    next_attempt_at = DateTimeField()
    armed_by = ObjectIdField()
    leased_until = DateTimeField()
    hears_since = DateTimeField()
    fired_at = DateTimeField()
    missed_at = DateTimeField()

    meta = {
        "collection": "timers",
        "indexes": [
            {"fields": ["job", "kind"], "unique": True},
            {"fields": ["next_attempt_at"], "partialFilterExpression": {"next_attempt_at": _EXISTS}},
            PARKED_INDEX,
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
            "attempts": 0,  # read by code before `tries`
            "next_attempt_at": due_at - timedelta(seconds=horizon_seconds),
            "leased_until": None,
            "fired_at": None,
        }
        anew = {"$set": change, "$unset": dict.fromkeys((*TRY_FIELDS, "missed_at", "armed_by", "hears_since"), 1)}
        older = {"job": job, "kind": kind, "version": {"$lt": version}}
        try:
            result = cls.upsert(older, anew)
        except DuplicateKeyError:  # it stands: in this version or a newer one, or just inserted in an older one
            result = cls.collection().update_one(older, anew)
        return cls.find_first({"job": job, "kind": kind}) if result.upserted_id or result.matched_count else None

    @classmethod
    def of_job(cls, job: ObjectId) -> list["Timer"]:
        """Return what falls due for a job and what has fallen due, soonest first."""
        return list(cls.objects(job=job).order_by("due_at", "id"))

    @classmethod
    def arm(cls, now: datetime, limit: int = 500, hints_before: int = 0) -> list["Timer"]:
        """Return the timers to be armed now, the longest overdue first, each pushed on; none that another look took.

        One that is not due yet is pushed on until it is: if its hint is lost by then, the next look finds that.
        """
        due = cls.objects(next_attempt_at__lte=now).order_by("next_attempt_at").limit(limit)
        ours = {"_id": {"$in": list(due.scalar("id"))}, "armed_by": ObjectId()}
        again = now + timedelta(seconds=HINTED_SECONDS + hints_before * SECONDS_A_HINT)
        to = {"$cond": [{"$gt": ["$due_at", now]}, "$due_at", again]}
        cls.collection().update_many(
            {"_id": ours["_id"], "next_attempt_at": {"$lte": now}},
            [{"$set": {"next_attempt_at": to, "armed_by": ours["armed_by"]}}],
        )
        return sorted(cls.objects(__raw__=ours), key=lambda timer: timer.due_at)

    @classmethod
    def lease(cls, timer_id: ObjectId, due_at: datetime, now: datetime) -> "Timer | None":
        """Take a timer that waits, has this due time, is due by now and is not being fired."""
        return cls.find_and_update(
            {
                "_id": timer_id,
                "due_at": {"$eq": due_at, "$lte": now},
                "next_attempt_at": _EXISTS,
                "$or": [{"leased_until": None}, {"leased_until": {"$lte": now}}],
            },
            {"$set": dict.fromkeys(cls.DUE, now + FIRING), **COUNTED},
        )

    @classmethod
    def clear(cls, job: ObjectId) -> None:
        """Remove the timers of a job that still wait, or are parked: nothing is to fall due for it any more."""
        cls.collection().delete_many({"job": job, "fired_at": None, "missed_at": None})

    @classmethod
    def finish(cls, timer: "Timer", now: datetime) -> None:
        """Mark a timer as fired, unless it was missed, or has been set anew meanwhile."""
        mine = {**cls._same(timer), "missed_at": None}
        cls.collection().update_one(mine, {"$set": {"fired_at": now}, "$unset": dict.fromkeys(cls.DUE, 1)})

    @classmethod
    def fire_later(cls, timer: "Timer", until: datetime) -> None:
        """Let a leased timer wait: what it is to do can't be done yet. That is no failure."""
        mine = {**cls._same(timer), "tries": timer.tries}
        waits = {**dict.fromkeys(cls.DUE, until), "hears_since": timer.hears_since}
        cls.collection().update_one(mine, {"$set": waits, "$unset": {"tries": 1}})

    @classmethod
    def miss(cls, job: ObjectId, kind: str, plan: int, now: datetime) -> None:
        """Note that what a job's timer of this kind was to do for this plan would have come too late, or did."""
        cls.collection().update_one(
            {"job": job, "kind": kind, "plan": plan, "missed_at": None},
            {"$set": {"missed_at": now}, "$unset": dict.fromkeys(cls.DUE, 1)},
        )

    @property
    def attempts(self) -> int:
        """How often it was tried."""
        return self.tries or 0

    @property
    def waiting(self) -> bool:
        """Whether it is still to fire."""
        return self.next_attempt_at is not None

    @staticmethod
    def _same(timer: "Timer") -> dict[str, Any]:
        """Return what finds this timer unless it has been set anew."""
        return {"_id": timer.id, "due_at": timer.due_at, "version": timer.version}
