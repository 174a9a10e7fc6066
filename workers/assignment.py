"""Assignment: claims are settled; a claim that must still wait is hinted at again, never slept on."""

from bson import ObjectId

from celery_app import app
from dispatch import queueing
from dispatch.actions import claiming
from dispatch.models.record import server_now


@app.task(name="workers.assignment.settle")
def settle(job_id: str) -> None:
    """Give the job to its earliest claim, or come back when that can be decided."""
    try:
        claiming.settle(ObjectId(job_id), server_now())
    except claiming.NotYet as wait:
        queueing.settle(ObjectId(job_id), wait.seconds)
