"""Timers: setting what falls due for a job, and arming in the queue what falls due soon."""

from datetime import datetime

from config.queues import ARMING_HORIZON
from config.settings import settings
from dispatch import queueing
from dispatch.models import Job, Timer
from dispatch.rules import timing

EXPIRY = "expiry"
REMINDER = "reminder"
#: Seconds after its due time at which an armed timer that has not fired is armed again.
AGAIN_SECONDS = 5


def set_expiry(job: Job, now: datetime) -> None:
    """A pending job expires when it should begin."""
    _set(job, EXPIRY, job.starts_at, now)


def set_reminder(job: Job, now: datetime) -> None:
    """Agent and client are reminded before the visit; at once when it is approved later than that."""
    _set(job, REMINDER, timing.reminder_due(job.starts_at, settings().reminder_lead_minutes, now), now)


def arm(now: datetime) -> None:
    """Put the timers that fall due within the horizon into the queue as ETA tasks."""
    for timer in Timer.arm(now, AGAIN_SECONDS):
        queueing.fire(timer.id, timer.due_at, now)


def _set(job: Job, kind: str, due_at: datetime, now: datetime) -> None:
    timer = Timer.set(job.id, kind, due_at, job.version, ARMING_HORIZON)
    if timer and (due_at - now).total_seconds() <= ARMING_HORIZON:
        arm(now)
