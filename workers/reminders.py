"""Reminders and all other timers: armed from the database, fired once."""

from datetime import datetime

from bson import ObjectId

from dispatch.actions import timers
from dispatch.actions.clock import due
from dispatch.models.base.record import utc_now
from workers.task_decorator import an_id, hinted


@hinted("workers.reminders.arm")
def arm() -> None:
    """Put the timers that fall due soon into the queue."""
    timers.arm(utc_now())


@hinted("workers.reminders.fire", an_id, datetime.fromisoformat)  # a timer is removed when nothing is to fall due
def fire(timer_id: ObjectId, due_at: datetime) -> None:
    """Fire a timer, if it is still due then."""
    due.fire(timer_id, due_at, utc_now())
