"""Timers: one row for each job and kind of timer; the queue only carries hints at the rows."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from bson import ObjectId
from mongoengine import DateTimeField, IntField, ObjectIdField, StringField
from pymongo.errors import DuplicateKeyError

from dispatch.models.base.tried import COUNTED, PARKED_INDEX, TRY_FIELDS, Tried

#: An overdue timer that was enqueued is enqueued again after this, and later by the second number for each hint that is
#: in the queue before: otherwise a backlog would multiply itself.
HINTED_SECONDS = 10
SECONDS_A_HINT = 0.02
#: The lease on a timer that is fired. Firing takes milliseconds, and two at once have one effect.
FIRING_LEASE = timedelta(seconds=5)
_EXISTS = {"$exists": True}


class Timer(Tried):
    """A timer of a job.

    `next_attempt_at`: when the timer is to be armed (again); absent once it does not wait any more. `armed_by`: the run
    that armed it last. `leased_until`: a firing is under way, or has failed and is not repeated before then.
    `hears_since`: since when the timer waits for an agent's messages to be handled. `plan` and `round`: those of the
    job for which the timer was set. A timer ends with `fired_at`, with `missed_at` (it was too late), or parked.
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
    def set(
        cls,
        job: ObjectId,
        kind: str,
        due_at: datetime,
        version: int,
        horizon_seconds: float,
        *,
        plan: int = 1,
        round_: int = 1,
    ) -> "Timer | None":
        """Write the timer for this version of the job; an older version never overwrites a newer one.

        Return the timer as set. Return None if it is set, or has fired, for this version or a newer one.
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
        rewritten = {"$set": change, "$unset": dict.fromkeys((*TRY_FIELDS, "missed_at", "armed_by", "hears_since"), 1)}
        older = {"job": job, "kind": kind, "version": {"$lt": version}}
        try:
            result = cls.upsert(older, rewritten)
        except DuplicateKeyError:  # the row exists: of this version or a newer one, or just inserted for an older one
            result = cls.collection().update_one(older, rewritten)
        return cls.find_first({"job": job, "kind": kind}) if result.upserted_id or result.matched_count else None

    @classmethod
    def of_job(cls, job: ObjectId) -> list["Timer"]:
        """Return all timers of a job, the earliest due time first."""
        return list(cls.objects(job=job).order_by("due_at", "id"))

    @classmethod
    def arm(cls, now: datetime, limit: int = 500, hints_before: int = 0) -> list["Timer"]:
        """Take the timers that are to be armed now; return them, the earliest due time first.

        A timer that another run took at the same moment is left out. The next attempt of a timer that is not due yet is
        set to its due time: if its ETA task is lost, the next run after that time arms it again.
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
        """Lease a timer that waits, has this due time and is due. Return None if it is not, or is being fired."""
        return cls.find_and_update(
            {
                "_id": timer_id,
                "due_at": {"$eq": due_at, "$lte": now},
                "next_attempt_at": _EXISTS,
                "$or": [{"leased_until": None}, {"leased_until": {"$lte": now}}],
            },
            {"$set": dict.fromkeys(cls.DUE, now + FIRING_LEASE), **COUNTED},
        )

    @classmethod
    def clear(cls, job: ObjectId, kinds: Sequence[str], plan: int, round_: int) -> None:
        """Remove the timers of a job that wait or are parked: of these kinds, of an earlier plan or round."""
        useless = [{"kind": {"$in": list(kinds)}}, {"plan": {"$lt": plan}}, {"round": {"$lt": round_}}]
        cls.collection().delete_many({"job": job, "$or": useless, "fired_at": None, "missed_at": None})

    @classmethod
    def finish(cls, timer: "Timer", now: datetime) -> None:
        """Mark a timer as fired, unless it was missed, or was set again since it was leased."""
        mine = {**cls._same(timer), "missed_at": None}
        cls.collection().update_one(mine, {"$set": {"fired_at": now}, "$unset": dict.fromkeys(cls.DUE, 1)})

    @classmethod
    def repeat(cls, timer: "Timer", due_at: datetime) -> None:
        """Set a timer that is being fired to another due time, unless it was set again since it was leased."""
        again = {"due_at": due_at, "next_attempt_at": due_at}
        ended = dict.fromkeys((*TRY_FIELDS, "leased_until", "armed_by", "hears_since"), 1)
        cls.collection().update_one(cls._same(timer), {"$set": again, "$unset": ended})

    @classmethod
    def fire_later(cls, timer: "Timer", until: datetime) -> None:
        """Let a leased timer wait until then, as its effect is not possible yet. This does not count as a failure."""
        mine = {**cls._same(timer), "tries": timer.tries}
        waits = {**dict.fromkeys(cls.DUE, until), "hears_since": timer.hears_since}
        cls.collection().update_one(mine, {"$set": waits, "$unset": {"tries": 1}})

    @classmethod
    def mark_missed(cls, job: ObjectId, kind: str, plan: int, now: datetime) -> None:
        """Mark a job's timer of this kind and plan as missed: its effect was, or would have been, too late."""
        cls.collection().update_one(
            {"job": job, "kind": kind, "plan": plan, "missed_at": None},
            {"$set": {"missed_at": now}, "$unset": dict.fromkeys(cls.DUE, 1)},
        )

    @property
    def attempts(self) -> int:
        """The number of tries."""
        return self.tries or 0

    @property
    def waiting(self) -> bool:
        """Whether the timer is still to be fired."""
        return self.next_attempt_at is not None

    @staticmethod
    def _same(timer: "Timer") -> dict[str, Any]:
        """Return the filter that finds this timer unless it was set again."""
        return {"_id": timer.id, "due_at": timer.due_at, "version": timer.version}
