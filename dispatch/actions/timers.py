"""Timers: setting what falls due for a job, and arming in the queue what falls due soon."""

from datetime import datetime, timedelta

from config.queues import ARMING_HORIZON
from config.settings import settings
from dispatch.hints import tasks
from dispatch.models import Job, Timer
from dispatch.rules import timing
from dispatch.rules.jobs.states import JobState

EXPIRY = "expiry"
HOLD = "hold"
NUDGE = "nudge"
UNCONFIRMED = "unconfirmed"
REMINDER = "reminder"
ENDING = "ending"
NOT_COMPLETED = "not_completed"
#: Hints in the queue beyond which no more timers are armed: what is overdue stays so, and the next beat arms it.
MOST_HINTS = 2000
#: Timers armed in one go.
BATCH = 500


def set_expiry(job: Job, now: datetime) -> None:
    """A pending job expires when it should begin."""
    _set(job, EXPIRY, job.starts_at, now)


def set_hold(job: Job, now: datetime) -> None:
    """A job is held for its client's agent for a while, but no longer than half the time that is left."""
    hold = timedelta(minutes=settings().offers.continuity_hold_minutes)
    _set(job, HOLD, timing.in_good_time(job.starts_at, hold, now), now)


def set_nudge(job: Job, now: datetime) -> None:
    """An agent who has not confirmed is asked again."""
    _set(job, NUDGE, _nudged(job, now), now)


def set_unconfirmed(job: Job, now: datetime) -> None:
    """An agent who was asked again and has not confirmed is a matter for operations."""
    _set(job, UNCONFIRMED, _nudged(job, now), now)


def set_reminder(job: Job, now: datetime) -> None:
    """Agent and client are reminded before the visit; at once when it is approved later than that.

    It counts when it was approved, not when somebody comes to see to it: that may be late.
    """
    approved_at = job.reached[JobState.APPROVED]
    if job.starts_at > approved_at:
        lead = settings().jobs.reminder_lead_minutes
        _set(job, REMINDER, timing.reminder_due(job.starts_at, lead, approved_at), now)


def set_ending(job: Job, now: datetime) -> None:
    """The agent is asked whether the visit is over when it should be."""
    _set(job, ENDING, ends_at(job), now)


def set_not_completed(job: Job, now: datetime) -> None:
    """A visit that is not reported as over is a matter for operations."""
    _set(job, NOT_COMPLETED, now + timedelta(minutes=settings().jobs.confirm_nudge_minutes), now)


def ends_at(job: Job) -> datetime:
    """Return when a visit should be over: of one that began late, as much later."""
    began = job.reached[JobState.IN_PROGRESS] if job.state == JobState.IN_PROGRESS else job.starts_at
    return max(began, job.starts_at) + timedelta(minutes=settings().jobs.inspection_minutes)


def arm(now: datetime) -> None:
    """Put the timers that fall due within the horizon into the queue as ETA tasks; when there are more, go on so."""
    hints = tasks.queued_timers()
    if hints >= MOST_HINTS:
        return
    armed = Timer.arm(now, BATCH, hints)
    for timer in armed:
        tasks.fire(timer.id, timer.due_at, now)
    if len(armed) == BATCH:
        tasks.arm()


def cause(timer: Timer) -> str:
    """Return what the messages of this timer are written for: each once for its due time."""
    return f"{timer.id}@{timer.due_at.isoformat()}"


def _nudged(job: Job, now: datetime) -> datetime:
    return timing.in_good_time(job.starts_at, timedelta(minutes=settings().jobs.confirm_nudge_minutes), now)


def _set(job: Job, kind: str, due_at: datetime, now: datetime) -> None:
    timer = Timer.set(job.id, kind, due_at, job.version, ARMING_HORIZON, plan=job.plan, round_=job.round)
    if timer and (due_at - now).total_seconds() <= ARMING_HORIZON:
        arm(now)
