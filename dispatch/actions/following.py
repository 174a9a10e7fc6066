"""Following: a job's events are followed up, oldest first, by one follower at a time."""

from datetime import datetime

from bson import ObjectId

from dispatch.actions.consequences import CONSEQUENCES
from dispatch.models import Job
from dispatch.models.record import utc_now


def up(job_id: ObjectId, now: datetime) -> None:
    """Follow up every unfollowed event of a job. Harmless when repeated: all that it writes is written once.

    One follower at a time, by a lease that a new event does not cut short.
    """
    job = Job.lease_following(job_id, now)
    if job is None:
        Job.end_following(job_id)  # if all is followed, and whoever did it was killed before giving the lease back
    while job:
        for event_id in list(job.unfollowed):
            job = Job.get(job_id) or job
            event = job.event(event_id)
            CONSEQUENCES[event["name"]](job, event, now)
            Job.followed(job_id, event_id)
        job = None if Job.end_following(job_id) else Job.get(job_id)
        now = utc_now()
