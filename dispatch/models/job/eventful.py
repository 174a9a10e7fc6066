"""What happens to a job: one guarded write for each event, and why operations should look at it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Self

from bson import ObjectId
from mongoengine import DateTimeField, DictField, IntField, ListField, StringField

from dispatch.models.job.followed import Followed
from dispatch.rules.jobs import attention
from dispatch.rules.jobs import states as jobs_states
from dispatch.rules.jobs.attention import STANDS_IN, Reason
from dispatch.rules.jobs.states import JobState

_UNTIL_SETTLED = ("attention", "attention_since", "alert_at", "held_for")
#: A job whose alarm is still not recorded after so many seconds gets it from a sweep.
ALARM_SECONDS = 60


class Eventful(Followed):
    """A job's state and history. `timeline` lists all events. `version` rises with every event that moves the job.

    `attention` is why operations should look at the job; `alert_at` exists until the alarm about it is recorded.
    """

    status = StringField(default=JobState.PENDING.value)
    version = IntField(default=1)
    attention = StringField()
    attention_since = DateTimeField()
    alert_at = DateTimeField()
    reached = DictField()
    timeline = ListField(DictField())
    updated_at = DateTimeField(required=True)

    meta = {"abstract": True}

    @classmethod
    def move(cls, job_id: ObjectId, event: str, now: datetime, *, standing: JobState | None = None,
             guard: dict[str, Any] | None = None, change: dict[str, Any] | None = None, drop: Sequence[str] = (),
             **facts: Any) -> Self | None:  # fmt: skip
        """Let an event happen to a job if it stands where that may happen and `guard` holds; None otherwise.

        The same write appends the event (with `facts`), lists it as unfollowed, sets `change` and unsets `drop`.
        `standing` narrows down where it may happen (see `job_states.leads`). A follower's lease is not cut short.
        """
        states, to = jobs_states.leads(event, standing)
        happened = an_event(event, now, to=to, **facts)
        fields = {"status": to.value, "updated_at": now, **(change or {})}
        if to not in states:
            fields[f"reached.{to.value}"] = now
        dropped = {*drop, *(_UNTIL_SETTLED if event in jobs_states.SETTLING else ())} - fields.keys()
        return cls.find_and_update(
            {"_id": job_id, "status": {"$in": states}, **(guard or {})},
            {
                "$set": fields,
                "$inc": {"version": 1},
                "$push": {"timeline": happened, "unfollowed": happened["id"]},
                "$max": {"follow_up_at": now},
                **({"$unset": dict.fromkeys(dropped, 1)} if dropped else {}),
            },
        )

    @classmethod
    def flag_attention(cls, job_id: ObjectId, reason: Reason, now: datetime, **guard: Any) -> Self | None:
        """Mark a job as needing attention and return the job.

        Return None if this reason does not apply in the job's state, or is the job's reason already.
        """
        states = [state.value for state in STANDS_IN[reason]]
        record_by = now + timedelta(seconds=ALARM_SECONDS)
        return cls.find_and_update(
            {"_id": job_id, "status": {"$in": states}, "attention": {"$ne": reason.value}, **guard},
            {
                "$set": {
                    "attention": reason.value,
                    "attention_since": now,
                    "alert_at": record_by,
                    "updated_at": now,
                },
                "$push": {"timeline": an_event("attention", now, reason=reason.value)},
            },
        )

    @classmethod
    def clear_attention(cls, job_id: ObjectId, reason: Reason, now: datetime) -> None:
        """This reason to look at a job is gone; what it stood over shows again."""
        job = cls.objects(pk=job_id, attention=reason.value).first()
        if job is None:
            return
        stuck = (Reason.STUCK, job.parked_at) if job.parked_at and reason != Reason.STUCK else None
        other = stuck or attention.beneath(job.timeline, reason, job.state)
        gone = {"attention": 1, "attention_since": 1, "alert_at": 1}
        shown: dict[str, Any] = {"$unset": gone, "$set": {"updated_at": now}}
        if other:
            shown = {"$set": {"attention": other[0].value, "attention_since": other[1], "updated_at": now}}
        cls.collection().update_one({"_id": job_id, "attention": reason.value}, shown)

    @classmethod
    def without_alarm(cls, now: datetime, limit: int = 500) -> list[ObjectId]:
        """Return the jobs whose alarm should be recorded and is not."""
        return [job.id for job in cls.objects(alert_at__lte=now).only("id").limit(limit)]

    @classmethod
    def alarm_recorded(cls, job_id: ObjectId, reason: Reason) -> None:
        """Note that the alarm about this reason is recorded. Change nothing if the job has another reason by then."""
        cls.collection().update_one({"_id": job_id, "attention": reason.value}, {"$unset": {"alert_at": 1}})

    @classmethod
    def note(cls, job_id: ObjectId, name: str, now: datetime, **facts: Any) -> None:
        """Put something worth knowing on the timeline, once with these facts; nothing follows from it."""
        known = {"$elemMatch": {"name": name, **facts}}
        cls.collection().update_one(
            {"_id": job_id, "timeline": {"$not": known}}, {"$push": {"timeline": an_event(name, now, **facts)}}
        )

    @property
    def state(self) -> JobState:
        """The job's state, as the rules know it."""
        return JobState(self.status)

    def last_event(self, *names: str, **facts: Any) -> dict[str, Any] | None:
        """Return the latest event of one of these names and with these facts, or None."""
        return next(
            (each for each in reversed(self.timeline) if each["name"] in names and facts.items() <= each.items()), None
        )

    def was_caused_by(self, request: ObjectId | None) -> bool:
        """Whether something happened because of this request of the platform's: then it is not to happen again."""
        return request is not None and any(event.get("request") == request for event in self.timeline)

    def event(self, event_id: ObjectId) -> dict[str, Any]:
        """Return one event of the timeline."""
        return next(event for event in self.timeline if event["id"] == event_id)


def an_event(name: str, now: datetime, **facts: Any) -> dict[str, Any]:
    """Return an event for the timeline; facts that are None are left out."""
    return {
        "id": ObjectId(),
        "name": name,
        "at": now,
        **{key: value for key, value in facts.items() if value is not None},
    }
