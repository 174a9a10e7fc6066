"""Retrying: what was parked after failing too often is put back by a person, and tried as if for the first time."""

from datetime import datetime

import structlog
from bson import ObjectId

from dispatch.hints import tasks
from dispatch.models import Agent, Job, Message, Offer, Timer
from dispatch.rules.jobs.attention import Reason

log = structlog.get_logger(__name__)


def retry_message(found: Message, now: datetime) -> bool:
    """Handle a parked message anew in its order of arrival, or send it; False when it is not parked."""
    if Message.retry_parked({"_id": found.id, "direction": "inbound"}, now):
        tasks.handle(found.id)
    elif to_send := Message.requeue_parked(found.id, now):
        tasks.send([to_send.id], to_send.lane)
    else:
        return False
    log.info("put back", message=str(found.id))
    return True


def retry_job(job_id: ObjectId, now: datetime) -> bool:
    """Try again what is parked of a job: events to follow, claims to settle, timers; False when nothing is.

    Operations need not look at it any more, until it fails again: that is written first, so that whatever happens
    amid this call, what is parked can be put back by another one.
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
    log.info("put back", job=str(job_id))
    return True


def retry_agent(agent_id: ObjectId, now: datetime) -> bool:
    """Do what follows from how an agent stands, which had been parked; False when it is not."""
    if not Agent.retry_parked({"_id": agent_id}, now):
        return False
    tasks.catch_up(agent_id)
    log.info("put back", agent=str(agent_id))
    return True
