"""Sweeps: whatever is overdue in the database is hinted at again; with them a lost queue costs seconds."""

from dispatch.actions import sweeping
from dispatch.models.record import utc_now
from workers.tasks import hinted


@hinted("workers.sweeps.sweep")
def sweep() -> None:
    """Bring on everything that should have happened by now."""
    sweeping.sweep(utc_now())
