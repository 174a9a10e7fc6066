"""Reminders and all other timers: armed from the database, fired once."""

from datetime import datetime

from bson import ObjectId

from celery_app import app
from dispatch.actions import falling_due, timers
from dispatch.models.record import utc_now


@app.task(name="workers.reminders.arm")
def arm() -> None:
    """Put the timers that fall due soon into the queue."""
    timers.arm(utc_now())


@app.task(name="workers.reminders.fire")
def fire(timer_id: str, due_at: str) -> None:
    """Fire a timer, if it is still due then."""
    falling_due.fire(ObjectId(timer_id), datetime.fromisoformat(due_at), utc_now())
