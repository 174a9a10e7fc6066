"""Jobs in a given state, reached by replies of their agent."""

from datetime import timedelta

from dispatch.actions.inbox import handling
from dispatch.actions.jobs import claims
from dispatch.models import Agent, Job, Message
from dispatch.models.base.record import server_now, utc_now
from tests.builders import an_agent, an_offered_job, heard, lease


def a_job_after(*texts: str) -> tuple[Agent, Job]:
    """Save an agent and a job offered to them, and send these replies. Messages arrive before the next reply."""
    agent, job = an_agent(), an_offered_job("90m")
    for text in texts:
        handling.handle(heard(agent, text).id)
        claims.settle(job.id, server_now() + timedelta(minutes=1))
        for message in Message.objects(status="queued"):
            lease(message.id, utc_now())
    return agent, job


def park_everything() -> None:
    """Mark all existing work as given up."""
    parked = {"parked_at": utc_now(), "error": "KeyError in dispatch.x:y"}
    Message.objects.update(set__status="parked", set__error=parked["error"], unset__next_attempt_at=1)
    Agent.collection().update_many({}, {"$set": parked, "$unset": {"follow_up_at": 1}})
    for job in Job.objects:
        Job.collection().update_one({"_id": job.id}, {"$set": {**parked, "set_aside": [job.timeline[0]["id"]]}})
