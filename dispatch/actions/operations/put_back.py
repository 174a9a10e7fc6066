"""Retries at a person's request: parked work starts again with its first try."""

from datetime import datetime

import structlog
from bson import ObjectId

from dispatch.hints import tasks
from dispatch.models import Agent, Job, Message, Offer, Timer
from dispatch.rules.jobs.attention import Reason

log = structlog.get_logger(__name__)


def retry_message(found: Message, now: datetime) -> bool:
    """Handle a parked reply again in its order of arrival, or send a parked message. Return False if not parked."""
    if Message.retry_parked({"_id": found.id, "direction": "inbound"}, now):
        tasks.handle(found.id)
    elif to_send := Message.requeue_parked(found.id, now):
        tasks.send([to_send.id], to_send.lane)
    else:
        return False
    log.info("retry requested", message=str(found.id))
    return True


def retry_job(job_id: ObjectId, now: datetime) -> bool:
    """Retry a job's parked work: events, claims and timers. Return False if none is parked.

    The job's attention is cleared first. If this call is interrupted, the work is still parked and can be retried by
    another call.
    """
    Job.clear_attention(job_id, Reason.STUCK, now)
    events = Job.retry_set_aside(job_id, now) is not None
    claims, timers = Offer.retry_parked({"job": job_id}, now), Timer.retry_parked({"job": job_id}, now)
    if events:
        tasks.follow(job_id)
    if claims:
        tasks.settle(job_id)
    if not (events or claims or timers):
        return False
    log.info("retry requested", job=str(job_id))
    return True


def retry_agent(agent_id: ObjectId, now: datetime) -> bool:
    """Retry an agent's parked follow-up work. Return False if none is parked."""
    if not Agent.retry_parked({"_id": agent_id}, now):
        return False
    tasks.catch_up(agent_id)
    log.info("retry requested", agent=str(agent_id))
    return True
