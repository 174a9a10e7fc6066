"""Withdrawing: a job is cancelled, or taken from its agent and offered again."""

from datetime import datetime

import structlog
from bson import ObjectId

from dispatch.hints import tasks
from dispatch.models import Job
from dispatch.rules.jobs.states import JobState

log = structlog.get_logger(__name__)


def cancel(job_id: ObjectId, now: datetime, reason: str | None = None) -> Job | None:
    """Call an inspection off; None when it is over (or called off) already. The reason is for the timeline only."""
    cancelled = Job.move(job_id, JobState.CANCELLED, now, reason=reason)
    if cancelled:
        log.info("job cancelled", job=str(job_id))
        tasks.follow(job_id)
    return cancelled


def delete(job_id: ObjectId, now: datetime) -> bool:
    """Call an inspection off and take it out of the platform's sight; False when it is over, or deleted already."""
    cancel(job_id, now, reason="deleted")
    return Job.remove(job_id, now) is not None
