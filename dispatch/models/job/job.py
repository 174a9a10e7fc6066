"""Jobs: an inspection to be made, as it was posted, and its agent."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from bson import ObjectId
from mongoengine import DateTimeField, DictField, IntField, ObjectIdField, StringField

from dispatch.models.base import outlines
from dispatch.models.base.outlines import JobOutline
from dispatch.models.base.tried import PARKED_INDEX
from dispatch.models.job.eventful import new_event
from dispatch.models.job.flagged import Flagged
from dispatch.rules.jobs import states
from dispatch.rules.jobs.attention import Reason
from dispatch.rules.jobs.states import Actor, JobState

OPEN_STATES = sorted(states.OPEN)
_OWNED = sorted(states.OWNED)
#: Most open jobs of one agent that are read.
MOST_OWNED = 500


class Job(Flagged):
    """An inspection. Each move to another time or place raises `plan`, each new search for an agent raises `round`.

    `held_for` is an agent to whom alone the job is offered for a while.
    """

    code = StringField(required=True)
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
    plan = IntField(default=1)
    held_for = ObjectIdField()
    request = ObjectIdField()
    deleted_at = DateTimeField()
    created_at = DateTimeField(required=True)

    meta = {
        "collection": "jobs",
        "indexes": [
            {"fields": ["code"], "unique": True, "partialFilterExpression": {"status": {"$in": OPEN_STATES}}},
            {"fields": ["code", "updated_at"]},
            {"fields": ["request"], "unique": True, "partialFilterExpression": {"request": {"$exists": True}}},
            {"fields": ["follow_up_at"], "partialFilterExpression": {"follow_up_at": {"$exists": True}}},
            {"fields": ["agent", "-id"]},
            {"fields": ["agent", "status", "-id"]},
            {"fields": ["client_id", "-id"]},
            {"fields": ["client_id", "status", "-id"]},
            {"fields": ["property_id", "-id"]},
            {"fields": ["status", "-id"]},
            {"fields": ["updated_at"]},
            {"fields": ["status", "starts_at"]},
            {"fields": ["attention", "-id"], "partialFilterExpression": {"attention": {"$exists": True}}},
            {"fields": ["alert_at"], "partialFilterExpression": {"alert_at": {"$exists": True}}},
            PARKED_INDEX,
            {"fields": ["held_for"], "partialFilterExpression": {"held_for": {"$exists": True}}},
        ],
    }

    @classmethod
    def open(cls, now: datetime, **facts: Any) -> "Job":
        """Save a new pending job with its `opened` event, to be followed up. Raises DuplicateKeyError on its code."""
        began = {"round": 1, "held_for": facts.get("held_for"), "by": Actor.PLATFORM.value}
        event = new_event("opened", now, to=JobState.PENDING.value, **began)
        return cls.insert(
            {
                **facts,
                "status": JobState.PENDING.value,
                "version": 1,
                "round": 1,
                "plan": 1,
                "timeline": [event],
                "unfollowed": [event["id"]],
                "follow_up_at": now,
                "reached": {JobState.PENDING.value: now},
                "created_at": now,
                "updated_at": now,
            }
        )

    @classmethod
    def of_agent(cls, agent_id: ObjectId, limit: int = 50) -> list[JobOutline]:
        """Return all open jobs of this agent, and their latest others, newest first."""
        fields = (*outlines.JOB, *outlines.JOB_HISTORY)
        owned = cls.find_rows({"agent": agent_id, "status": {"$in": _OWNED}}, *fields, latest=MOST_OWNED)
        latest = cls.find_rows({"agent": agent_id}, *fields, latest=limit)
        by_id = {row["_id"]: JobOutline.of(row) for row in (*owned, *latest)}
        return [by_id[job_id] for job_id in sorted(by_id, reverse=True)]

    @classmethod
    def outlines(cls, job_ids: list[ObjectId]) -> list[JobOutline]:
        """Return outlines of these jobs, without timelines."""
        return [JobOutline.of(row) for row in cls.find_rows({"_id": {"$in": job_ids}}, *outlines.JOB)]

    @classmethod
    def live(cls, job_id: ObjectId | str | None) -> "Job | None":
        """Return a job. Return None if there is none, or the platform has deleted it."""
        job = cls.get(job_id)
        return None if job is None or job.deleted_at else job

    @classmethod
    def remove(cls, job_id: ObjectId, now: datetime) -> "Job | None":
        """Mark a cancelled job as deleted and return it. Return None if it is not cancelled, or deleted already."""
        return cls.find_and_update(
            {"_id": job_id, "status": JobState.CANCELLED.value, "deleted_at": None},
            {"$set": {"deleted_at": now, "updated_at": now}},
        )

    @classmethod
    def owned_by(cls, agent_id: ObjectId, limit: int = MOST_OWNED) -> list["Job"]:
        """Return the open jobs of this agent."""
        return list(cls.objects(agent=agent_id, status__in=_OWNED).order_by("-id").limit(limit))

    @classmethod
    def owned_of_client(cls, client_id: str, limit: int = 20) -> Iterator[dict[str, Any]]:
        """Yield `agent`, `starts_at` and `timezone` of a client's jobs that have an agent, newest first."""
        owned = {"client_id": client_id, "status": {"$in": _OWNED}}
        return cls.find_rows(owned, "agent", "starts_at", "timezone", latest=limit)

    @classmethod
    def codes_used_since(cls, codes: list[str], since: datetime) -> set[str]:
        """Return the codes among these that belong to a job changed since then."""
        return {row["code"] for row in cls.find_rows(_changed_since(codes, since), "code")}

    @classmethod
    def open_of_client(cls, client_id: str, limit: int = 500) -> list["Job"]:
        """Return a client's open jobs, newest first."""
        return list(cls.objects(client_id=client_id, status__in=OPEN_STATES).order_by("-id").limit(limit))

    @classmethod
    def wanting_agents(cls, now: datetime, limit: int) -> list["Job"]:
        """Return the pending jobs without any agent left, and the soonest others. Held and past jobs are left out."""
        pending = cls.objects(status=JobState.PENDING.value, starts_at__gt=now, held_for=None)
        forsaken = pending.filter(__raw__=cls.with_reason(Reason.NO_AGENT)).limit(500)
        found = {job.id: job for job in [*forsaken, *pending.order_by("starts_at").limit(limit)]}
        return sorted(found.values(), key=lambda job: job.starts_at)

    @classmethod
    def held(cls, agent_id: ObjectId) -> list["Job"]:
        """Return the jobs that are held for an agent."""
        return list(cls.objects(held_for=agent_id))


def _changed_since(codes: list[str], since: datetime) -> dict[str, Any]:
    return {"code": {"$in": codes}, "updated_at": {"$gt": since}}
