"""Withdrawing: a job is cancelled, or taken from its agent and offered again."""

from datetime import datetime

import structlog
from bson import ObjectId

from dispatch import queueing
from dispatch.actions import continuity
from dispatch.models import Job
from dispatch.rules import offering
from dispatch.rules.job_states import OWNED, JobState

log = structlog.get_logger(__name__)


def cancel(job_id: ObjectId, now: datetime, reason: str | None = None) -> Job | None:
    """Call an inspection off; None when it is over (or called off) already. The reason is for the timeline only."""
    cancelled = Job.move(job_id, JobState.CANCELLED, now, reason=reason)
    if cancelled:
        log.info("job cancelled", job=str(job_id))
        queueing.follow(job_id)
    return cancelled


def delete(job_id: ObjectId, now: datetime) -> bool:
    """Call an inspection off and take it out of the platform's sight; False when it is over, or deleted already."""
    cancel(job_id, now, reason="deleted")
    return Job.remove(job_id, now) is not None


def release(job_id: ObjectId, now: datetime, *, agent: ObjectId | None = None, plan: int | None = None,
            cause: ObjectId | None = None, reason: str | None = None,
            request: ObjectId | None = None) -> Job | None:  # fmt: skip
    """Take a job from its agent and search for another one; None when nobody has it.

    `agent`, `plan`: only if it is theirs, and at the time and place that they know. A `request` does it once.
    """
    while (job := Job.live(job_id)) and job.state in OWNED:
        if agent not in (None, job.agent) or plan not in (None, job.plan) or job.came_of(request):
            return None
        out = {*offering.released_by(job.timeline), job.agent}
        keeper = continuity.keeper(job.client_id, now, besides=out)
        won = job.last_event(JobState.ASSIGNED)
        released = Job.move(
            job_id, "released", now, guard={"version": job.version}, drop=["agent"],
            change={"round": job.round + 1, **({"held_for": keeper} if keeper else {})},
            agent=job.agent, offer=won["offer"] if won else None, round=job.round + 1, held_for=keeper,
            cause=cause, reason=reason, request=request,
        )  # fmt: skip
        if released:
            log.info("job released", job=str(job_id), agent=str(job.agent))
            queueing.follow(job_id)
            return released
    return None
