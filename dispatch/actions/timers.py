"""Timers: set for a job, and armed in the queue when they are due soon."""

from datetime import datetime, timedelta

from config.queues import ARMING_HORIZON
from config.settings import settings
from dispatch.hints import tasks
from dispatch.models import Job, Timer
from dispatch.rules.clock.timer_kinds import HOLD, TIMER_KINDS, Moments, TimerKind
from dispatch.rules.jobs.states import JobState

#: No more timers are armed while so many hints at timers wait in the queue; the next beat arms the overdue ones.
MOST_HINTS = 2000
#: Timers armed in one go.
BATCH = 500


def schedule(kind: TimerKind, job: Job, now: datetime) -> None:
    """Set a job's timer of this kind, if the job needs one; arm it if it is due soon.

    A timer that is set already for this version of the job stays as it is.
    """
    due_at = due(kind, job, now)
    if due_at is None:
        return
    timer = Timer.set(job.id, kind.name, due_at, job.version, ARMING_HORIZON, plan=job.plan, round_=job.round)
    if timer and (due_at - now).total_seconds() <= ARMING_HORIZON:
        arm(now)


def due(kind: TimerKind, job: Job, now: datetime) -> datetime | None:
    """Return when a job's timer of this kind is due. Return None if the job needs no such timer."""
    return kind.due(_moments(job, now))


def schedule_next(kind: TimerKind, job: Job, now: datetime) -> None:
    """Set the timer that follows a timer of this kind, which had its effect."""
    if kind.then:
        schedule(TIMER_KINDS[kind.then], job, now)


def clear(job: Job) -> None:
    """Remove the waiting timers that can do nothing any more: of another state, of an earlier plan or round."""
    useless = [kind.name for kind in TIMER_KINDS.values() if job.state not in kind.states]
    if not job.held_for:
        useless.append(HOLD.name)
    Timer.clear(job.id, useless, job.plan, job.round)


def ends_at(job: Job, now: datetime) -> datetime:
    """Return when a visit should be over. A visit that began or was reopened late ends as much later."""
    return _moments(job, now).ends_at


def arm(now: datetime) -> None:
    """Enqueue the timers that are due within the horizon as ETA tasks, a batch at a time."""
    hints = tasks.queued_timers()
    if hints >= MOST_HINTS:
        return
    armed = Timer.arm(now, BATCH, hints)
    for timer in armed:
        tasks.fire(timer.id, timer.due_at, now)
    if len(armed) == BATCH:
        tasks.arm()


def cause(timer: Timer) -> str:
    """Return the cause of the messages of this timer: each is sent once for its due time."""
    return f"{timer.id}@{timer.due_at.isoformat()}"


def _moments(job: Job, now: datetime) -> Moments:
    limits, reopened = settings(), job.last_event("reopened")
    return Moments(
        now=now,
        starts_at=job.starts_at,
        approved_at=job.reached.get(JobState.APPROVED),
        begun_at=job.reached[JobState.IN_PROGRESS] if job.state == JobState.IN_PROGRESS else None,
        reopened_at=reopened["at"] if reopened else None,
        hold=timedelta(minutes=limits.offers.continuity_hold_minutes),
        nudge=timedelta(minutes=limits.jobs.confirm_nudge_minutes),
        reminder_minutes=limits.jobs.reminder_lead_minutes,
        inspection=timedelta(minutes=limits.jobs.inspection_minutes),
        not_taken=timedelta(minutes=limits.jobs.not_taken_minutes),
    )
