"""Broadcasting: events of a job are followed up, above all the offers of a new job."""

from bson import ObjectId

from dispatch.actions.jobs import events
from dispatch.actions.people import agents
from dispatch.models import Agent
from dispatch.models.base.record import utc_now
from workers.task_decorator import an_id, hinted, one


@hinted("workers.broadcasting.follow", an_id)
def follow(job_id: ObjectId) -> None:
    """Follow up the events of this job."""
    events.follow_up(job_id, utc_now())


@hinted("workers.broadcasting.catch_up", one(Agent))
def catch_up(agent_id: ObjectId) -> None:
    """Follow up this agent's latest status change."""
    agents.follow_agent(agent_id, utc_now())
