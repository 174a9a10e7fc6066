"""Sweeps: overdue work is enqueued again, so that a lost queue costs seconds only."""

from dispatch.actions.clock import sweep as clock_sweep
from dispatch.models.base.record import utc_now
from workers.task_decorator import hinted


@hinted("workers.sweeps.sweep")
def sweep() -> None:
    """Enqueue all overdue work again."""
    clock_sweep.sweep(utc_now())
