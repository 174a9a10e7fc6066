"""Sweeps: whatever is overdue in the database is hinted at again; with them a lost queue costs seconds."""

from dispatch.actions.clock import sweep as clock_sweep
from dispatch.models.base.record import utc_now
from workers.task_decorator import hinted


@hinted("workers.sweeps.sweep")
def sweep() -> None:
    """Bring on everything that should have happened by now."""
    clock_sweep.sweep(utc_now())
