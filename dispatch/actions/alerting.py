"""Alerting: what a person of operations should look at is marked on the job, logged, and posted to them."""

from datetime import datetime
from typing import Any

import structlog
from bson import ObjectId

from dispatch import operations, queueing
from dispatch.models import Job
from dispatch.rules.attention import Reason

log = structlog.get_logger(__name__)

_SAID = {
    Reason.NO_AGENT: "there is nobody left to offer it to. There may be more: see GET /api/jobs/?attention=true",
    Reason.UNCONFIRMED: "its agent was asked and has not confirmed",
    Reason.AGENT_INACTIVE: "its agent is not active any more",
    Reason.STUCK: "what follows from something that happened to it fails each time. See GET /health/detail",
    Reason.REMINDER_MISSED: "its time has come, and not everybody could be reminded of it",
    Reason.NOT_COMPLETED: "it should be over, and its agent has not said so",
}


def attend(job: Job, reason: Reason, now: datetime, **guard: Any) -> bool:
    """Mark a job as needing attention, once, and let operations know; False when that stands already."""
    attended = Job.attend(job.id, reason, now, **guard)
    if attended is None:
        return False
    log.error("job needs attention", job=str(job.id), reason=reason.value)
    queueing.alert(job.id)
    return True


def alarm(job_id: ObjectId) -> None:
    """Post to operations that a job needs them, if they are still to be told: a sweep comes back to it until they are.

    A job without an agent is told of once for all such jobs. Raises requests.RequestException when that did not work.
    """
    job = Job.get(job_id)
    if job is None or job.alert_at is None or job.attention is None:
        return
    cause = job.attention if job.attention == Reason.NO_AGENT else f"{job.attention}:{job_id}"
    text = f"Inspection {job.code} needs attention: {_SAID[Reason(job.attention)]}."
    facts = {"reason": job.attention, "job_id": str(job_id), "code": job.code}
    if operations.post(cause, text, event="job_needs_attention", **facts):
        Job.alerted(job_id, job.attention)
