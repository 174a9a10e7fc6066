"""Visiting: the agent whose job it is confirms the schedule, begins, and completes."""

from datetime import datetime
from typing import Any

import structlog
from bson import ObjectId

from dispatch.actions.jobs import events
from dispatch.models import Job
from dispatch.rules.jobs.states import JobState

log = structlog.get_logger(__name__)


def confirm(job_id: ObjectId, agent_id: ObjectId, now: datetime, cause: ObjectId | None = None,
            plan: int | None = None, request: ObjectId | None = None) -> Job | None:  # fmt: skip
    """Approve the schedule of this agent's job; None when it does not await that (or was confirmed before).

    `plan`: only if its time and place are still those that the agent knows. A `request` does it once.
    """
    known = {} if plan is None else {"plan": plan}
    return _move(job_id, JobState.APPROVED, agent_id, now, cause, known, request)


def begin(job_id: ObjectId, agent_id: ObjectId, now: datetime, cause: ObjectId | None = None) -> Job | None:
    """The agent is at the property; None when the visit is not approved (or has begun)."""
    return _move(job_id, JobState.IN_PROGRESS, agent_id, now, cause)


def complete(job_id: ObjectId, agent_id: ObjectId, now: datetime, cause: ObjectId | None = None) -> Job | None:
    """The inspection is made; None when it is not approved or in progress (or was completed)."""
    return _move(job_id, JobState.COMPLETED, agent_id, now, cause)


def _move(job_id: ObjectId, to: JobState, agent_id: ObjectId, now: datetime, cause: ObjectId | None,
          known: dict[str, Any] | None = None, request: ObjectId | None = None) -> Job | None:  # fmt: skip
    guard = {"agent": agent_id, **(known or {}), **({"timeline.request": {"$ne": request}} if request else {})}
    moved = Job.move(job_id, to, now, guard=guard, agent=agent_id, cause=cause, request=request)
    if moved:
        log.info("job moved", job=str(job_id), to=to.value)
        events.follow_up(job_id, now)
    return moved
