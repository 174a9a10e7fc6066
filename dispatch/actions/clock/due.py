"""Falling due: a timer fires, re-reads its job, and does nothing when the job has moved on."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

import redis
import structlog
from bson import ObjectId

from dispatch import shelf
from dispatch.actions import alarms, drafts, failures, timers
from dispatch.actions.jobs import events, reminders
from dispatch.actions.offers import rounds
from dispatch.models import Agent, Job, Message, Offer, Timer
from dispatch.rules import timing
from dispatch.rules.jobs.attention import Reason
from dispatch.rules.jobs.states import AGREED, JobState

log = structlog.get_logger(__name__)

#: How long a timer waits for what must come before it.
AWHILE = timedelta(seconds=5)
#: How long one waits whose kind this code does not know: it is of a newer one, which will be back.
UNKNOWN_WAITS = timedelta(minutes=5)


def fire(timer_id: ObjectId, due_at: datetime, now: datetime) -> None:
    """Fire a timer if it is due then and still waits; a stale ETA finds another due time and lets go."""
    timer = Timer.lease(timer_id, due_at, now)
    if timer is None:
        return
    if timer.kind not in _DUE:
        log.warning("timer of unknown kind", timer=str(timer.id), kind=timer.kind)
        Timer.fire_later(timer, now + UNKNOWN_WAITS)
        return
    ids = {"timer": str(timer.id), "kind": timer.kind, "job": str(timer.job)}
    until, wrong = failures.attempt(timer.tries, partial(_have_effect, timer, now), **ids)
    if wrong:
        if Timer.failed(timer, wrong, now):
            _parked(timer, now)
    elif until:
        Timer.fire_later(timer, until)
    else:
        Timer.finish(timer, now)


def _have_effect(timer: Timer, now: datetime) -> datetime | None:
    """Do what falls due; return when to look again if it must wait."""
    job = Job.get(timer.job)
    if job is None or _is_of_another(timer, job):
        return None
    return _DUE[timer.kind](job, timer, now)


def _parked(timer: Timer, now: datetime) -> None:
    """What falls due can't have its effect, and operations look at its job."""
    log.error("timer parked", timer=str(timer.id), job=str(timer.job), kind=timer.kind)
    if job := Job.get(timer.job):
        alarms.flag_attention(job, Reason.STUCK, now)


def _is_of_another(timer: Timer, job: Job) -> bool:
    """Whether the job has another plan or round since: what follows from that sets its timers anew, if not yet."""
    return (timer.plan, timer.round) != (job.plan, job.round)


def _expire(job: Job, timer: Timer, now: datetime) -> datetime | None:
    """Nobody took the job in time. A YES that arrived before the start and is not settled yet comes first."""
    if job.state != JobState.PENDING:
        return None
    if Offer.earliest_claim(job.id) or _unheard_before(job.starts_at, timer.id):
        return now + AWHILE
    expired = Job.move(job.id, JobState.EXPIRED, now, guard={"starts_at": {"$lte": now}})
    if expired is None:
        return now + AWHILE
    log.warning("job expired", job=str(job.id))
    events.up(job.id, now)
    return None


def _unheard_before(moment: datetime, timer_id: ObjectId) -> bool:
    """Whether anybody's message from before then is still to be handled, or may be among the rescued forms."""
    try:
        rescued = shelf.messages_wait()
    except redis.RedisError:
        rescued = False
    return rescued or any(Message.unhandled_before(moment, timer_id, limit=1))


def _end_hold(job: Job, timer: Timer, now: datetime) -> datetime | None:
    """The agent who was asked alone has not answered: everybody is. A YES that is not settled yet comes first."""
    if job.held_for and Offer.earliest_claim(job.id):
        return now + AWHILE
    rounds.end_hold(job, "time", now)
    return None


def _nudge(job: Job, timer: Timer, now: datetime) -> datetime | None:
    """Ask once more for CONFIRM; when the visit should have begun, that is a matter for operations."""
    if job.state != JobState.ASSIGNED:
        return None
    if job.starts_at <= now:
        return _unconfirmed(job, timer, now)
    agent = Agent.must_get(job.agent)
    if _is_heard_first(agent, timer, now):
        return now + AWHILE
    drafts.tell([drafts.to_owner("nudge", timers.cause(timer), job, agent)], now)
    Job.note(job.id, "nudged", now, due_at=timer.due_at)
    timers.set_unconfirmed(job, now)
    return None


def _unconfirmed(job: Job, timer: Timer, now: datetime) -> datetime | None:
    return _attend_unless_answered(job, Reason.UNCONFIRMED, timer, now)


def _remind(job: Job, timer: Timer, now: datetime) -> None:
    reminders.remind(job, timer, now)


def _ask_completed(job: Job, timer: Timer, now: datetime) -> datetime | None:
    """The visit should be over: ask whether it is."""
    if job.state not in AGREED:
        return None
    agent = Agent.must_get(job.agent)
    if _is_heard_first(agent, timer, now):
        return now + AWHILE
    if timers.ends_at(job) > now:
        return timers.ends_at(job)
    drafts.tell([drafts.to_owner("ask_completed", timers.cause(timer), job, agent)], now)
    Job.note(job.id, "asked_completed", now, due_at=timer.due_at)
    timers.set_not_completed(job, now)
    return None


def _not_completed(job: Job, timer: Timer, now: datetime) -> datetime | None:
    return _attend_unless_answered(job, Reason.NOT_COMPLETED, timer, now) if timers.ends_at(job) <= now else None


def _attend_unless_answered(job: Job, reason: Reason, timer: Timer, now: datetime) -> datetime | None:
    """Let operations look at a job whose agent says nothing; what they have said since is heard first."""
    if job.agent and _is_heard_first(Agent.must_get(job.agent), timer, now):
        return now + AWHILE
    alarms.flag_attention(job, reason, now, plan=job.plan, round=job.round)
    return None


def _is_heard_first(agent: Agent, timer: Timer, now: datetime) -> bool:
    """Whether what an agent has written is to be handled before a timer fires.

    For so long as a claim waits for another, from the first look on: else who writes without end would never be asked.
    """
    since = timer.hears_since or now
    waits = now - since < timing.RIVAL_BOUND and Message.is_handled_soon(agent.phone)
    timer.hears_since = since if waits else None
    return waits


_DUE: dict[str, Callable[[Job, Timer, datetime], datetime | None]] = {
    timers.EXPIRY: _expire,
    timers.HOLD: _end_hold,
    timers.NUDGE: _nudge,
    timers.UNCONFIRMED: _unconfirmed,
    timers.REMINDER: _remind,
    timers.ENDING: _ask_completed,
    timers.NOT_COMPLETED: _not_completed,
}
