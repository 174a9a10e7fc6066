"""Following: a job's events are followed up, oldest first, by one follower at a time."""

from datetime import datetime

from bson import ObjectId

from dispatch.actions import alarms
from dispatch.actions import failures as actions_failures
from dispatch.actions.jobs.consequences import CONSEQUENCES
from dispatch.models import Job
from dispatch.models.base.record import utc_now
from dispatch.rules import failures as rules_failures
from dispatch.rules.jobs.attention import Reason


def follow_up(job_id: ObjectId, now: datetime) -> None:
    """Follow up every unfollowed event of a job. Harmless when repeated: all that it writes is written once.

    One follower at a time, by a lease that a new event does not cut short. What fails is tried again later, the later
    events after it; when it has failed too often it is set aside for operations, and they are followed without it.
    Raises Unknown.
    """
    job = Job.lease_following(job_id, now)
    # If all is followed, whoever did it may have been killed before giving the lease back.
    if job is None and not Job.end_following(job_id):
        Job.expect(job_id)
    while job:
        fresh: Job | None = job
        for event_id in list(job.unfollowed):
            if not _follow(fresh or Job.get(job_id) or job, event_id, now):
                return
            fresh = None
        job = None if Job.end_following(job_id) else Job.get(job_id)
        now = utc_now()


def _follow(job: Job, event_id: ObjectId, now: datetime) -> bool:
    """Follow one event, or set it aside; False when nothing more is to be followed now: all is, or this one failed."""
    tries = job.tries or 1
    _, wrong = actions_failures.attempt(
        tries, lambda: _consequences(job, event_id, now), job=str(job.id), event_id=str(event_id)
    )
    if wrong is None:
        if Job.followed_all(job.id, event_id):
            return False
        Job.followed(job.id, event_id)
        return True
    if not rules_failures.is_hopeless(tries, wrong):
        Job.follow_later(job.id, tries, wrong, now)
        return False
    Job.note(job.id, "stuck", now, of=event_id, error=wrong.error)
    alarms.flag_attention(job, Reason.STUCK, now)
    Job.park_event(job.id, event_id, wrong.error, now)
    return True


def _consequences(job: Job, event_id: ObjectId, now: datetime) -> None:
    event = job.event(event_id)
    CONSEQUENCES[event["name"]](job, event, now)
