"""Jobs: an inspection to be made, its timeline, and the one way in which its state moves."""

from datetime import datetime, timedelta
from typing import Any

from bson import ObjectId
from mongoengine import DateTimeField, DictField, IntField, ListField, ObjectIdField, StringField

from dispatch.models.record import Record
from dispatch.rules import job_states
from dispatch.rules.job_states import JobState

OPEN_STATES = sorted(job_states.OPEN)
#: How long a follower has for itself before a sweep lets another one try.
FOLLOWING_SECONDS = 30


class Job(Record):
    """An inspection. `timeline` is its history; `unfollowed` names the events whose consequences are not written."""

    code = StringField(required=True)
    status = StringField(default=JobState.PENDING.value)
    client_id = StringField(required=True)
    property_id = StringField(required=True)
    property_details = DictField()
    client_details = DictField()
    inspection_date = StringField(required=True)
    inspection_time = StringField(required=True)
    timezone = StringField(required=True)
    starts_at = DateTimeField(required=True)
    notes = StringField()
    agent = ObjectIdField()
    round = IntField(default=1)
    version = IntField(default=1)
    reached = DictField()
    timeline = ListField(DictField())
    unfollowed = ListField(ObjectIdField())
    follow_up_at = DateTimeField()
    created_at = DateTimeField(required=True)
    updated_at = DateTimeField(required=True)

    meta = {
        "collection": "jobs",
        "indexes": [
            {"fields": ["code"], "unique": True, "partialFilterExpression": {"status": {"$in": OPEN_STATES}}},
            {"fields": ["follow_up_at"], "partialFilterExpression": {"follow_up_at": {"$exists": True}}},
            {"fields": ["agent", "-id"]},
            {"fields": ["client_id", "-id"]},
            {"fields": ["property_id", "-id"]},
            {"fields": ["status", "-id"]},
        ],
    }

    @classmethod
    def open(cls, now: datetime, **facts: Any) -> "Job":
        """Save a new pending job with its `opened` event, still to be followed. Raises NotUniqueError on its code."""
        event = _event("opened", now, to=JobState.PENDING, round=1)
        return cls(
            **facts,
            timeline=[event],
            unfollowed=[event["id"]],
            follow_up_at=now,
            reached={JobState.PENDING: now},
            created_at=now,
            updated_at=now,
        ).save(force_insert=True)

    @classmethod
    def move(cls, job_id: ObjectId, to: JobState, now: datetime, *, guard: dict[str, Any] | None = None,
             change: dict[str, Any] | None = None, **facts: Any) -> "Job | None":  # fmt: skip
        """Move a job to a state if it stands where that may be reached from and `guard` holds; None otherwise.

        The same write appends the event (with `facts`) and lists it as unfollowed. A follower's lease is not cut short.
        """
        event = _event(to.value, now, to=to, **facts)
        return cls.take(
            {"_id": job_id, "status": {"$in": job_states.may_reach(to)}, **(guard or {})},
            {
                "$set": {"status": to.value, f"reached.{to.value}": now, "updated_at": now, **(change or {})},
                "$inc": {"version": 1},
                "$push": {"timeline": event, "unfollowed": event["id"]},
                "$max": {"follow_up_at": now},
            },
        )

    @classmethod
    def note(cls, job_id: ObjectId, name: str, now: datetime, **facts: Any) -> None:
        """Put something worth knowing on the timeline; nothing follows from it."""
        cls.collection().update_one({"_id": job_id}, {"$push": {"timeline": _event(name, now, **facts)}})

    @classmethod
    def lease_following(cls, job_id: ObjectId, now: datetime) -> "Job | None":
        """Take the right to follow up on this job; None when there is nothing to follow or somebody is at it."""
        return cls.take(
            {"_id": job_id, "unfollowed.0": {"$exists": True}, "follow_up_at": {"$lte": now}},
            {"$set": {"follow_up_at": now + timedelta(seconds=FOLLOWING_SECONDS)}},
        )

    @classmethod
    def followed(cls, job_id: ObjectId, event_id: ObjectId) -> "Job | None":
        """Strike an event off and return the job as it is now."""
        return cls.take({"_id": job_id}, {"$pull": {"unfollowed": event_id}})

    @classmethod
    def end_following(cls, job_id: ObjectId) -> bool:
        """Give the lease back; False when a new event has come in the meantime and the lease is kept."""
        result = cls.collection().update_one({"_id": job_id, "unfollowed": []}, {"$unset": {"follow_up_at": 1}})
        return result.matched_count == 1

    @classmethod
    def overdue(cls, now: datetime, limit: int = 500) -> list[ObjectId]:
        """Return jobs whose events should have been followed by now."""
        return [job.id for job in cls.objects(follow_up_at__lte=now).only("id").limit(limit)]

    @classmethod
    def of_agent(cls, agent_id: ObjectId, limit: int = 50) -> list["Job"]:
        """Return the jobs that are or were this agent's, newest first."""
        return list(cls.objects(agent=agent_id).order_by("-id").limit(limit))

    @property
    def state(self) -> JobState:
        """The job's state, as the rules know it."""
        return JobState(self.status)

    def last_event(self, name: str) -> dict[str, Any] | None:
        """Return the latest event of this name, or None."""
        return next((event for event in reversed(self.timeline) if event["name"] == name), None)

    def event(self, event_id: ObjectId) -> dict[str, Any]:
        """Return one event of the timeline."""
        return next(event for event in self.timeline if event["id"] == event_id)


def _event(name: str, now: datetime, **facts: Any) -> dict[str, Any]:
    return {
        "id": ObjectId(),
        "name": name,
        "at": now,
        **{key: value for key, value in facts.items() if value is not None},
    }
