"""Falling due: a timer fires, re-reads its job, and does nothing when the job has moved on."""

from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from bson import ObjectId

from config.settings import settings
from dispatch.actions import alerting, following, rounds, telling, timers
from dispatch.models import Agent, Job, Message, Offer, Timer
from dispatch.rules.attention import Reason
from dispatch.rules.job_states import AGREED, JobState

log = structlog.get_logger(__name__)

#: Seconds that a firing has before another one may try.
FIRING_SECONDS = 20


def fire(timer_id: ObjectId, due_at: datetime, now: datetime) -> None:
    """Fire a timer if it is still due then; a stale ETA finds another due time and lets go."""
    timer = Timer.lease(timer_id, due_at, now, FIRING_SECONDS)
    if timer is None:
        return
    job = Job.get(timer.job)
    if job is None or _is_of_another(timer, job) or _DUE[timer.kind](job, timer, now):
        Timer.finish(timer, now)


def _is_of_another(timer: Timer, job: Job) -> bool:
    """Whether the job has another plan or round since: what follows from that sets its timers anew, if not yet."""
    return (timer.plan, timer.round) != (job.plan, job.round)


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


def _end_hold(job: Job, timer: Timer, now: datetime) -> bool:
    """The agent who was asked alone has not answered: everybody is. A YES that is not settled yet comes first."""
    if job.held_for and Offer.earliest_claim(job.id):
        return False
    rounds.end_hold(job, "time", now)
    return True


def _nudge(job: Job, timer: Timer, now: datetime) -> bool:
    """Ask once more for CONFIRM."""
    if job.state == JobState.ASSIGNED:
        telling.tell([telling.to_owner("nudge", _cause(timer), job, Agent.known(job.agent))], now)
        Job.note(job.id, "nudged", now, due_at=timer.due_at)
        timers.set_unconfirmed(job, now)
    return True


def _unconfirmed(job: Job, timer: Timer, now: datetime) -> bool:
    alerting.attend(job, Reason.UNCONFIRMED, now, plan=job.plan, round=job.round)
    return True


def _remind(job: Job, timer: Timer, now: datetime) -> bool:
    """Remind agent and client of an approved visit, each once for this due time; not of one that has just moved."""
    if job.state != JobState.APPROVED:
        return True
    if job.starts_at - timedelta(minutes=settings().reminder_lead_minutes) > now:
        return False
    agent = Agent.known(job.agent)
    to_both = [
        telling.to_owner("reminder_agent", _cause(timer), job, agent),
        telling.to_client("reminder_client", _cause(timer), job, agent),
    ]
    telling.tell(to_both, now)
    Job.note(job.id, "reminded", now, due_at=timer.due_at)
    return True


def _ask_completed(job: Job, timer: Timer, now: datetime) -> bool:
    """The visit should be over: ask whether it is."""
    if job.state not in AGREED:
        return True
    if timers.ends_at(job) > now:
        return False
    telling.tell([telling.to_owner("ask_completed", _cause(timer), job, Agent.known(job.agent))], now)
    Job.note(job.id, "asked_completed", now, due_at=timer.due_at)
    timers.set_not_completed(job, now)
    return True


def _not_completed(job: Job, timer: Timer, now: datetime) -> bool:
    if timers.ends_at(job) <= now:
        alerting.attend(job, Reason.NOT_COMPLETED, now, plan=job.plan, round=job.round)
    return True


def _cause(timer: Timer) -> str:
    return f"{timer.id}@{timer.due_at.isoformat()}"


_DUE: dict[str, Callable[[Job, Timer, datetime], bool]] = {
    timers.EXPIRY: _expire,
    timers.HOLD: _end_hold,
    timers.NUDGE: _nudge,
    timers.UNCONFIRMED: _unconfirmed,
    timers.REMINDER: _remind,
    timers.ENDING: _ask_completed,
    timers.NOT_COMPLETED: _not_completed,
}
