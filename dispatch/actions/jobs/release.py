"""A job is taken from its agent and offered again."""

from datetime import datetime
from typing import Any

import structlog
from bson import ObjectId

from dispatch.actions.offers import same_agent
from dispatch.hints import tasks
from dispatch.models import Job
from dispatch.rules.jobs.states import OWNED, Actor, JobState
from dispatch.rules.offers import offering

log = structlog.get_logger(__name__)


def release(
    job_id: ObjectId,
    now: datetime,
    *,
    agent: ObjectId | None = None,
    plan: int | None = None,
    cause: ObjectId | None = None,
    reason: str | None = None,
    request: ObjectId | None = None,
    by: Actor = Actor.AGENT,
) -> Job | None:
    """Take a job from its agent, search for another one, and return the job. Return None if it has no agent.

    `agent`, `plan`: only if the job has this agent and this plan, which is the one that the agent knows. A `request`
    is done once.
    """
    while (job := Job.live(job_id)) and job.state in OWNED:
        if agent not in (None, job.agent) or plan not in (None, job.plan) or job.was_caused_by(request):
            return None
        out = {*offering.released_by(job.timeline), job.agent}
        held_for = same_agent.agent_of_client(job.client_id, now, besides=out)
        won = (job.last_event(JobState.ASSIGNED) or {}).get("offer")
        next_round: dict[str, Any] = {"round": job.round + 1, **({"held_for": held_for} if held_for else {})}
        facts: dict[str, Any] = {"offer": won, "cause": cause, "reason": reason, "request": request, "by": by.value}
        released = Job.move(
            job_id,
            "released",
            now,
            guard={"version": job.version},
            drop=["agent"],
            change=next_round,
            agent=job.agent,
            **facts,
            **next_round,
        )
        if released:
            log.info("job released", job=str(job_id), agent=str(job.agent))
            tasks.follow(job_id)
            return released
    return None
