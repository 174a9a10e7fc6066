"""Alerting: what a person of operations should look at is marked on the job, logged, and posted to them."""

from datetime import datetime
from typing import Any

import structlog

from dispatch import operations, queueing
from dispatch.models import Job
from dispatch.rules.attention import Reason

log = structlog.get_logger(__name__)

_SAID = {
    Reason.NO_AGENT: "there is nobody left to offer it to",
    Reason.UNCONFIRMED: "its agent was asked twice and has not confirmed",
    Reason.AGENT_INACTIVE: "its agent is not active any more",
    Reason.NOT_COMPLETED: "it should be over, and its agent has not said so",
}


def attend(job: Job, reason: Reason, now: datetime, **guard: Any) -> bool:
    """Mark a job as needing attention, once, and let operations know; False when that stands already."""
    attended = Job.attend(job.id, reason, now, **guard)
    if attended is None:
        return False
    log.error("job needs attention", job=str(job.id), reason=reason.value)
    queueing.alert(reason.value, job.id, job.code)
    return True


def alarm(reason: str, job_id: str, code: str) -> None:
    """Post to operations that a job needs them. A job without an agent is told of once for all such jobs.

    Raises requests.RequestException when that did not work.
    """
    cause = reason if reason == Reason.NO_AGENT else f"{reason}:{job_id}"
    text = f"Inspection {code} needs attention: {_SAID[Reason(reason)]}."
    operations.post(cause, text, event="job_needs_attention", reason=reason, job_id=job_id, code=code)
