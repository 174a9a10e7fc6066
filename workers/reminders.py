"""Reminders and all other timers: scheduled from the database, fired once."""

from datetime import datetime

from bson import ObjectId

from dispatch.actions import timers
from dispatch.actions.clock import due
from dispatch.models.base.record import utc_now
from workers.task_decorator import an_id, hinted


@hinted("workers.reminders.arm")
def arm() -> None:
    """Enqueue the timers that are due soon."""
    timers.arm(utc_now())


@hinted("workers.reminders.fire", an_id, datetime.fromisoformat)  # the timer may have been removed
def fire(timer_id: ObjectId, due_at: datetime) -> None:
    """Fire a timer if it still has this due time."""
    due.fire(timer_id, due_at, utc_now())
