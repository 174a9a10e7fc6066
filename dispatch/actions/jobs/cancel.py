"""A job is cancelled or deleted."""

from datetime import datetime

import structlog
from bson import ObjectId

from dispatch.hints import tasks
from dispatch.models import Job
from dispatch.rules.jobs.states import Actor, JobState

log = structlog.get_logger(__name__)


def cancel(job_id: ObjectId, now: datetime, reason: str | None = None) -> Job | None:
    """Cancel a job and return it. Return None if it has ended already. The reason is for the timeline only."""
    cancelled = Job.move(job_id, JobState.CANCELLED, now, reason=reason, by=Actor.PLATFORM.value)
    if cancelled:
        log.info("job cancelled", job=str(job_id))
        tasks.follow(job_id)
    return cancelled


def delete(job_id: ObjectId, now: datetime) -> bool:
    """Cancel a job and hide it from the platform. Return False if it has ended otherwise or is deleted already."""
    cancel(job_id, now, reason="deleted")
    return Job.remove(job_id, now) is not None
