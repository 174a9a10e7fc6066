"""What runs how often. Every entry expires, so that an outage does not pile up runs; two beats are harmless."""

from typing import Any


def schedule(sweep_seconds: float) -> dict[str, dict[str, Any]]:
    """Return beat's entries for a sweep every `sweep_seconds`."""
    return {
        "sweep what is overdue": _entry("workers.sweeps.sweep", sweep_seconds),
        "arm due timers": _entry("workers.reminders.arm", sweep_seconds),
    }


def _entry(task: str, seconds: float) -> dict[str, Any]:
    return {"task": task, "schedule": seconds, "options": {"expires": max(seconds, 1.0)}}
