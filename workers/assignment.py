"""Assignment: claims are settled. If a claim must wait, the task is enqueued again; it never sleeps."""

from bson import ObjectId

from dispatch.actions.jobs import claims
from dispatch.hints import tasks
from dispatch.models.base.record import server_now
from workers.task_decorator import an_id, hinted


@hinted("workers.assignment.settle", an_id)
def settle(job_id: ObjectId) -> None:
    """Give the job to its earliest claim. Enqueue this task again if that can't be decided yet."""
    try:
        claims.settle(job_id, server_now())
    except claims.NotYet as wait:
        tasks.settle(job_id, wait.seconds)
