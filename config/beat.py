"""The schedule of periodic tasks. Every entry expires, so that runs do not pile up in an outage. Two beats do no harm.

When the host's clock is set back by an hour, Celery's own beat does nothing for an hour. This scheduler goes on.
"""

import time
from datetime import datetime
from typing import Any

from celery.beat import PersistentScheduler
from celery.schedules import schedstate
from celery.schedules import schedule as celery_schedule

#: Seconds between two checks of Meta's decisions about our templates.
TEMPLATES_SECONDS = 60.0


class Every(celery_schedule):
    """Every `seconds`. If the last run is in the future, the clock was set back: then the task is due."""

    def is_due(self, last_run_at: datetime) -> tuple[bool, float]:
        """Return whether the task is due, and the seconds until the next check."""
        due, seconds = super().is_due(last_run_at)
        return (due, seconds) if seconds <= self.seconds else schedstate(True, self.seconds)


class Scheduler(PersistentScheduler):
    """Celery's scheduler with a monotonic clock, which is never set. Celery has no public way to choose the clock."""

    def _when(self, entry: Any, next_time_to_run: float, mktime: Any = None) -> float:
        return time.monotonic() + (self.adjust(next_time_to_run) or 0)


def schedule(sweep_seconds: float) -> dict[str, dict[str, Any]]:
    """Return beat's entries for a sweep every `sweep_seconds`."""
    return {
        "sweep what is overdue": _entry("workers.sweeps.sweep", sweep_seconds),
        "arm due timers": _entry("workers.reminders.arm", sweep_seconds),
        "look at templates": _entry("workers.notifications.look_at_templates", TEMPLATES_SECONDS),
    }


def _entry(task: str, seconds: float) -> dict[str, Any]:
    return {"task": task, "schedule": Every(seconds), "options": {"expires": max(seconds, 1.0)}}
