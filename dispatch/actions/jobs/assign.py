"""A person gives a job to an agent, without an offer and a YES."""

from datetime import datetime

import structlog
from bson import ObjectId

from dispatch.actions.jobs import events
from dispatch.models import Agent, Job, Offer
from dispatch.rules.jobs.states import Actor, JobState

log = structlog.get_logger(__name__)


def assign(job: Job, agent: Agent, now: datetime, request: ObjectId | None = None) -> Job | None:
    """Give a pending job to an agent and return the job. Return None if it is not pending any more, or has begun.

    The agents who have an offer learn that the job is taken, as after a YES. A hold for another agent ends. A `request`
    is done once.
    """
    offer = Offer.make_winnable(job.id, job.round, job.plan, agent.id, now)
    moved = Job.move(
        job.id,
        JobState.ASSIGNED,
        now,
        guard={"round": job.round, "starts_at": {"$gt": now}},
        change={"agent": agent.id},
        agent=agent.id,
        offer=offer.id,
        round=job.round,
        request=request,
        by=Actor.PLATFORM.value,
    )
    if moved:
        log.info("job assigned", job=str(job.id), agent=str(agent.id))
        events.follow_up(job.id, now)
    return moved
