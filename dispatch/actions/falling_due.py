"""Falling due: a timer fires, re-reads its job, and does nothing when the job has moved on."""

from collections.abc import Callable
from datetime import datetime

import structlog
from bson import ObjectId

from dispatch.actions import following, telling, timers
from dispatch.models import Agent, Job, Message, Offer, Timer
from dispatch.rules.job_states import JobState

log = structlog.get_logger(__name__)

#: Seconds that a firing has before another one may try.
FIRING_SECONDS = 20


def fire(timer_id: ObjectId, due_at: datetime, now: datetime) -> None:
    """Fire a timer if it is still due then; a stale ETA finds another due time and lets go."""
    timer = Timer.lease(timer_id, due_at, now, FIRING_SECONDS)
    if timer is None:
        return
    job = Job.get(timer.job)
    if job is None or _DUE[timer.kind](job, timer, now):
        Timer.finish(timer, now)


def _expire(job: Job, timer: Timer, now: datetime) -> bool:
    """Nobody took the job in time. A YES that arrived before the start and is not settled yet comes first."""
    if job.state != JobState.PENDING:
        return True
    if Offer.earliest_claim(job.id) or Message.unhandled_before(job.starts_at, timer.id, limit=1):
        return False
    expired = Job.move(job.id, JobState.EXPIRED, now, guard={"starts_at": {"$lte": now}})
    if expired:
        log.warning("job expired", job=str(job.id))
        following.up(job.id, now)
    return expired is not None


def _remind(job: Job, timer: Timer, now: datetime) -> bool:
    """Remind agent and client of an approved visit, each once for this due time."""
    if job.state == JobState.APPROVED:
        agent = Agent.known(job.agent)
        cause = f"{timer.id}@{timer.due_at.isoformat()}"
        to_both = [
            telling.to_owner("reminder_agent", cause, job, agent),
            telling.to_client("reminder_client", cause, job, agent),
        ]
        telling.tell(to_both, now)
        if not any(event["name"] == "reminded" and event.get("due_at") == timer.due_at for event in job.timeline):
            Job.note(job.id, "reminded", now, due_at=timer.due_at)
    return True


_DUE: dict[str, Callable[[Job, Timer, datetime], bool]] = {timers.EXPIRY: _expire, timers.REMINDER: _remind}
