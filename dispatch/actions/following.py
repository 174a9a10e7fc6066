"""Following: a job's events are followed up, oldest first, by one follower at a time."""

from datetime import datetime

from bson import ObjectId

from dispatch.actions import alerting, trying
from dispatch.actions.consequences import CONSEQUENCES
from dispatch.models import Job
from dispatch.models.record import utc_now
from dispatch.rules import failing
from dispatch.rules.attention import Reason


def up(job_id: ObjectId, now: datetime) -> None:
    """Follow up every unfollowed event of a job. Harmless when repeated: all that it writes is written once.

    One follower at a time, by a lease that a new event does not cut short. What fails is tried again later, the later
    events after it; when it has failed too often it is set aside for operations, and they are followed without it.
    """
    job = Job.lease_following(job_id, now)
    if job is None:
        Job.end_following(job_id)  # if all is followed, and whoever did it was killed before giving the lease back
    while job:
        for event_id in list(job.unfollowed):
            if not _follow(Job.get(job_id) or job, event_id, now):
                return
        job = None if Job.end_following(job_id) else Job.get(job_id)
        now = utc_now()


def _follow(job: Job, event_id: ObjectId, now: datetime) -> bool:
    """Follow one event, or set it aside; False when it failed and is to be tried again."""
    tries = job.tries or 1
    _, wrong = trying.attempt(tries, lambda: _consequences(job, event_id, now), job=str(job.id), event_id=str(event_id))
    if wrong is None:
        Job.followed(job.id, event_id)
        return True
    if not failing.is_hopeless(tries, wrong):
        Job.follow_later(job.id, tries, wrong, now)
        return False
    Job.note(job.id, "stuck", now, of=event_id, error=wrong.error)
    alerting.attend(job, Reason.STUCK, now)
    Job.park_event(job.id, event_id, wrong.error, now)
    return True


def _consequences(job: Job, event_id: ObjectId, now: datetime) -> None:
    event = job.event(event_id)
    CONSEQUENCES[event["name"]](job, event, now)
