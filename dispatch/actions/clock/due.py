"""Due timers: a timer is fired, re-reads its job, and does nothing if the job has moved on."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

import redis
import structlog
from bson import ObjectId

from dispatch import shelf
from dispatch.actions import alarms, drafts, failures, timers
from dispatch.actions.jobs import events, reminders
from dispatch.actions.offers import reach, rounds
from dispatch.models import Agent, Job, Message, Offer, Timer
from dispatch.rules import phones, timing
from dispatch.rules.clock import timer_kinds
from dispatch.rules.clock.timer_kinds import TIMER_KINDS
from dispatch.rules.jobs.attention import Reason
from dispatch.rules.jobs.states import JobState
from dispatch.rules.outbox import kinds

log = structlog.get_logger(__name__)

#: A timer that must wait for something else, such as an unhandled message, is looked at again after this.
RECHECK_AFTER = timedelta(seconds=5)
#: A timer of a kind that this code does not know belongs to newer code. It is looked at again after this.
RECHECK_UNKNOWN_AFTER = timedelta(minutes=5)


def fire(timer_id: ObjectId, due_at: datetime, now: datetime) -> None:
    """Fire a timer if it waits and is due at `due_at`. A task of an earlier due time does nothing."""
    timer = Timer.lease(timer_id, due_at, now)
    if timer is None:
        return
    if timer.kind not in _EFFECTS:
        log.warning("timer of unknown kind", timer=str(timer.id), kind=timer.kind)
        Timer.fire_later(timer, now + RECHECK_UNKNOWN_AFTER)
        return
    ids = {"timer": str(timer.id), "kind": timer.kind, "job": str(timer.job)}
    until, wrong = failures.attempt(timer.tries, partial(_have_effect, timer, now), **ids)
    if wrong:
        if Timer.failed(timer, wrong, now):
            _report_parked(timer, now)
    elif until:
        Timer.fire_later(timer, until)
    else:
        Timer.finish(timer, now)


def _have_effect(timer: Timer, now: datetime) -> datetime | None:
    """Run a timer's effect. Return when to look again if the effect must wait. Return None if the timer is finished."""
    job = Job.get(timer.job)
    if job is None or _is_outdated(timer, job) or job.state not in TIMER_KINDS[timer.kind].states:
        return None
    return _EFFECTS[timer.kind](job, timer, now)


def _report_parked(timer: Timer, now: datetime) -> None:
    """Flag the job of a timer that was given up after too many failures."""
    log.error("timer parked", timer=str(timer.id), job=str(timer.job), kind=timer.kind)
    if job := Job.get(timer.job):
        alarms.flag_attention(job, Reason.STUCK, now)


def _is_outdated(timer: Timer, job: Job) -> bool:
    """Return whether the job has another plan or round now. The follow-up of that change sets new timers."""
    return (timer.plan, timer.round) != (job.plan, job.round)


def _expire(job: Job, timer: Timer, now: datetime) -> datetime | None:
    """Expire a job that no agent took before its start. A YES that arrived before the start is settled first."""
    if Offer.earliest_claim(job.id) or _is_any_unhandled_before(job.starts_at, timer.id):
        return now + RECHECK_AFTER
    expired = Job.move(job.id, JobState.EXPIRED, now, guard={"starts_at": {"$lte": now}})
    if expired is None:
        return now + RECHECK_AFTER
    log.warning("job expired", job=str(job.id))
    events.follow_up(job.id, now)
    return None


def _is_any_unhandled_before(moment: datetime, timer_id: ObjectId) -> bool:
    """Return whether a message that arrived before `moment` is unhandled, or may be among the forms on the shelf."""
    try:
        shelved = shelf.messages_wait()
    except redis.RedisError:
        shelved = False
    return shelved or any(Message.unhandled_before(moment, timer_id, limit=1))


def _flag_not_taken(job: Job, timer: Timer, now: datetime) -> datetime | None:
    """Flag a job that no agent has taken. A YES is settled first."""
    if Offer.earliest_claim(job.id):
        return now + RECHECK_AFTER
    alarms.flag_attention(job, Reason.NOT_TAKEN, now, plan=job.plan, round=job.round)
    return None


def _offer_again(job: Job, timer: Timer, now: datetime) -> None:
    """Try to reach an agent again; the timer repeats itself until the job is taken or over."""
    reach.offer_again(job, timer.due_at, now)
    since = next((each["since"] for each in job.reasons if each["reason"] == Reason.NOT_REACHED), None)
    Timer.repeat(timer, now + timer_kinds.offer_again_in(now - since if since else None))


def _end_hold(job: Job, timer: Timer, now: datetime) -> datetime | None:
    """Offer the job to all, as the agent it was held for has not answered. A YES is settled first."""
    if job.held_for and Offer.earliest_claim(job.id):
        return now + RECHECK_AFTER
    rounds.end_hold(job, "time", now)
    return None


def _nudge(job: Job, timer: Timer, now: datetime) -> datetime | None:
    """Ask the agent for CONFIRM again. If the visit should have begun already, flag the job for operations."""
    if job.starts_at <= now:
        return _flag_unconfirmed(job, timer, now)
    agent = Agent.must_get(job.agent)
    if _must_wait_for(agent, timer, now):
        return now + RECHECK_AFTER
    drafts.save_and_send([drafts.to_owner(kinds.NUDGE, timers.cause(timer), job, agent)], now)
    Job.note(job.id, "nudged", now, due_at=timer.due_at)
    timers.schedule_next(timer_kinds.NUDGE, job, now)
    return None


def _flag_unconfirmed(job: Job, timer: Timer, now: datetime) -> datetime | None:
    return _flag_unless_answered(job, Reason.UNCONFIRMED, timer, now)


def _start_unconfirmed(job: Job, timer: Timer, now: datetime) -> datetime | None:
    """Flag a visit that should begin and is not confirmed, and inform the client."""
    agent = Agent.must_get(job.agent)
    if _must_wait_for(agent, timer, now):
        return now + RECHECK_AFTER
    alarms.flag_attention(job, Reason.UNCONFIRMED, now, plan=job.plan, round=job.round)
    alarms.record_start_unconfirmed(job, now)
    drafts.save_and_send([drafts.to_client(kinds.UNCONFIRMED_CLIENT, timers.cause(timer), job, agent)], now)
    return None


def _remind(job: Job, timer: Timer, now: datetime) -> None:
    reminders.remind(job, timer, now)


def _ask_completed(job: Job, timer: Timer, now: datetime) -> datetime | None:
    """Ask the agent whether the visit is over. A visit that began late is asked about later."""
    agent = Agent.must_get(job.agent)
    if _must_wait_for(agent, timer, now):
        return now + RECHECK_AFTER
    ends_at = timers.ends_at(job, now)
    if ends_at > now:
        return ends_at
    drafts.save_and_send([drafts.to_owner(kinds.ASK_COMPLETED, timers.cause(timer), job, agent)], now)
    Job.note(job.id, "asked_completed", now, due_at=timer.due_at)
    timers.schedule_next(timer_kinds.ENDING, job, now)
    return None


def _flag_not_completed(job: Job, timer: Timer, now: datetime) -> datetime | None:
    if timers.ends_at(job, now) > now:
        return None
    return _flag_unless_answered(job, Reason.NOT_COMPLETED, timer, now)


def _flag_unless_answered(job: Job, reason: Reason, timer: Timer, now: datetime) -> datetime | None:
    """Flag a job whose agent does not answer. The agent's unhandled messages are handled first."""
    if job.agent and _must_wait_for(Agent.must_get(job.agent), timer, now):
        return now + RECHECK_AFTER
    alarms.flag_attention(job, reason, now, plan=job.plan, round=job.round)
    return None


def _must_wait_for(agent: Agent, timer: Timer, now: datetime) -> bool:
    """Return whether an agent's unhandled messages are to be handled before the timer has its effect.

    The timer waits at most as long as a claim waits for another claim, counted from the first look. Otherwise an agent
    who writes all the time would never be asked.
    """
    since = timer.hears_since or now
    waits = now - since < timing.RIVAL_BOUND and Message.is_handled_soon(phones.key_of(agent.phone))
    timer.hears_since = since if waits else None
    return waits


_EFFECTS: dict[str, Callable[[Job, Timer, datetime], datetime | None]] = {
    timer_kinds.EXPIRY.name: _expire,
    timer_kinds.NOT_TAKEN.name: _flag_not_taken,
    timer_kinds.REACH.name: _offer_again,
    timer_kinds.HOLD.name: _end_hold,
    timer_kinds.NUDGE.name: _nudge,
    timer_kinds.UNCONFIRMED.name: _flag_unconfirmed,
    timer_kinds.VISIT_START.name: _start_unconfirmed,
    timer_kinds.REMINDER.name: _remind,
    timer_kinds.ENDING.name: _ask_completed,
    timer_kinds.NOT_COMPLETED.name: _flag_not_completed,
}
