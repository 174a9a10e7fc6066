"""A visit: the job's agent confirms the schedule, begins, and completes."""

from datetime import datetime
from typing import Any

import structlog
from bson import ObjectId

from dispatch.actions.jobs import events
from dispatch.models import Job
from dispatch.rules import timing
from dispatch.rules.jobs.states import AGREED, Actor, JobState

log = structlog.get_logger(__name__)


def confirm(
    job_id: ObjectId,
    agent_id: ObjectId,
    now: datetime,
    cause: ObjectId | None = None,
    plan: int | None = None,
    request: ObjectId | None = None,
) -> Job | None:
    """Approve the schedule of this agent's job. Return None if the job does not wait for that, or no longer.

    `plan`: only if the job still has this plan, which is the one that the agent knows. A `request` is done once.
    """
    known = {} if plan is None else {"plan": plan}
    return _move(job_id, JobState.APPROVED, agent_id, now, cause, known, request)


def begin(
    job_id: ObjectId,
    agent_id: ObjectId,
    now: datetime,
    cause: ObjectId | None = None,
    request: ObjectId | None = None,
) -> Job | None:
    """Begin a visit. Return None if it is not approved, has begun already, or it is too early.

    A `request` is done once.
    """
    if _is_too_early(job_id, JobState.IN_PROGRESS, now):
        return None
    return _move(job_id, JobState.IN_PROGRESS, agent_id, now, cause, request=request)


def complete(job_id: ObjectId, agent_id: ObjectId, now: datetime, cause: ObjectId | None = None) -> Job | None:
    """Complete a visit. Return None if it is neither approved nor in progress, or it is too early."""
    if _is_too_early(job_id, JobState.COMPLETED, now):
        return None
    return _move(job_id, JobState.COMPLETED, agent_id, now, cause)


def is_too_early(job: Job, to: JobState, now: datetime) -> bool:
    """Return whether it is too early for an approved visit to begin or to be completed.

    A job that gets another time in between is no longer approved, so it need not be checked in the write of the move.
    """
    if job.state != JobState.APPROVED:
        return False
    if to == JobState.IN_PROGRESS:
        return not timing.may_begin(job.starts_at, now)
    return not timing.may_be_completed(job.starts_at, job.timezone, now)


def _is_too_early(job_id: ObjectId, to: JobState, now: datetime) -> bool:
    job = Job.get(job_id)
    return job is not None and is_too_early(job, to, now)


def reopen(job_id: ObjectId, now: datetime, request: ObjectId | None = None) -> Job | None:
    """Take a completion back: the job is approved or in progress again, as it was before, with the same agent.

    Return None if the job is not completed. A `request` is done once. Raises DuplicateKeyError if another open job has
    this job's code now.
    """
    job = Job.get(job_id)
    if job is None or job.state != JobState.COMPLETED:
        return None
    before = [each["to"] for each in job.timeline if each.get("to") in AGREED][-1]
    event = "reopened_in_progress" if before == JobState.IN_PROGRESS else "reopened"
    guard = {"agent": job.agent, **({"timeline.request": {"$ne": request}} if request else {})}
    undone = ("reached.completed",)
    facts = {"agent": job.agent, "request": request, "by": Actor.PLATFORM.value}
    moved = Job.move(job_id, event, now, guard=guard, drop=undone, **facts)
    if moved:
        log.info("job moved", job=str(job_id), to=moved.status)
        events.follow_up(job_id, now)
    return moved


def _move(
    job_id: ObjectId,
    to: JobState,
    agent_id: ObjectId,
    now: datetime,
    cause: ObjectId | None,
    known: dict[str, Any] | None = None,
    request: ObjectId | None = None,
) -> Job | None:
    guard = {"agent": agent_id, **(known or {}), **({"timeline.request": {"$ne": request}} if request else {})}
    by = Actor.AGENT if cause else Actor.PLATFORM
    moved = Job.move(job_id, to, now, guard=guard, agent=agent_id, cause=cause, request=request, by=by.value)
    if moved:
        log.info("job moved", job=str(job_id), to=to.value)
        events.follow_up(job_id, now)
    return moved
