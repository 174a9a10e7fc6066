"""Assignment: claims are settled; a claim that must still wait is hinted at again, never slept on."""

from bson import ObjectId

from dispatch.actions.jobs import claims
from dispatch.hints import tasks
from dispatch.models.base.record import server_now
from workers.task_decorator import an_id, hinted


@hinted("workers.assignment.settle", an_id)
def settle(job_id: ObjectId) -> None:
    """Give the job to its earliest claim, or come back when that can be decided."""
    try:
        claims.settle(job_id, server_now())
    except claims.NotYet as wait:
        tasks.settle(job_id, wait.seconds)
