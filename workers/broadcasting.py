"""Broadcasting: what follows from a job's events, the offers of a new job first of all."""

from bson import ObjectId

from celery_app import app
from dispatch.actions import changing, following
from dispatch.models.record import utc_now


@app.task(name="workers.broadcasting.follow")
def follow(job_id: str) -> None:
    """Follow up the events of this job."""
    following.up(ObjectId(job_id), utc_now())


@app.task(name="workers.broadcasting.catch_up")
def catch_up(agent_id: str) -> None:
    """Do what follows from how this agent stands with us now."""
    changing.follow_agent(ObjectId(agent_id), utc_now())
