"""Release: a job is taken from its agent and offered again."""

from datetime import datetime

import structlog
from bson import ObjectId

from dispatch.actions.offers import same_agent
from dispatch.hints import tasks
from dispatch.models import Job
from dispatch.rules.jobs.states import OWNED, JobState
from dispatch.rules.offers import offering

log = structlog.get_logger(__name__)


def release(job_id: ObjectId, now: datetime, *, agent: ObjectId | None = None, plan: int | None = None,
            cause: ObjectId | None = None, reason: str | None = None,
            request: ObjectId | None = None) -> Job | None:  # fmt: skip
    """Take a job from its agent and search for another one; None when nobody has it.

    `agent`, `plan`: only if it is theirs, and at the time and place that they know. A `request` does it once.
    """
    while (job := Job.live(job_id)) and job.state in OWNED:
        if agent not in (None, job.agent) or plan not in (None, job.plan) or job.was_caused_by(request):
            return None
        out = {*offering.released_by(job.timeline), job.agent}
        keeper = same_agent.agent_of_client(job.client_id, now, besides=out)
        won = job.last_event(JobState.ASSIGNED)
        released = Job.move(
            job_id, "released", now, guard={"version": job.version}, drop=["agent"],
            change={"round": job.round + 1, **({"held_for": keeper} if keeper else {})},
            agent=job.agent, offer=won["offer"] if won else None, round=job.round + 1, held_for=keeper,
            cause=cause, reason=reason, request=request,
        )  # fmt: skip
        if released:
            log.info("job released", job=str(job_id), agent=str(job.agent))
            tasks.follow(job_id)
            return released
    return None
