"""What runs how often. Every entry expires, so that an outage does not pile up runs; two beats are harmless.

Celery's own beat stands still when the host's clock is set back, for as long as that was: this one does not.
"""

import time
from datetime import datetime
from typing import Any

from celery.beat import PersistentScheduler
from celery.schedules import schedstate
from celery.schedules import schedule as celery_schedule

#: Seconds between two looks at what Meta says of our templates.
TEMPLATES_SECONDS = 60.0


class Every(celery_schedule):
    """Each so many seconds. A last run that lies in the future tells that the clock has been set back: it is due."""

    def is_due(self, last_run_at: datetime) -> tuple[bool, float]:
        """Return whether it is due, and in how many seconds to look again."""
        due, seconds = super().is_due(last_run_at)
        return (due, seconds) if seconds <= self.seconds else schedstate(True, self.seconds)


class Scheduler(PersistentScheduler):
    """Beat's order of what comes next, by a clock that nobody sets."""

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
