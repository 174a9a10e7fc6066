"""Follow-up of a job's events, oldest first, by one worker at a time."""

from datetime import datetime

from bson import ObjectId

from dispatch.actions import alarms, timers
from dispatch.actions import failures as actions_failures
from dispatch.actions.jobs.consequences import CONSEQUENCES
from dispatch.models import Job
from dispatch.models.base.record import utc_now
from dispatch.rules import failures as rules_failures
from dispatch.rules.jobs.attention import Reason

#: Events after which every timer of the job still has an effect.
_KEEPS_TIMERS = frozenset({"opened", "changed", "client_changed"})


def follow_up(job_id: ObjectId, now: datetime) -> None:
    """Follow up every unfollowed event of a job. Harmless if repeated: each consequence is written once.

    A lease lets one worker at a time do this; a new event does not shorten the lease. An event that fails is retried
    later, and later events wait for it. After too many tries it is set aside for operations, and the later events are
    followed up without it. Raises Unknown.
    """
    job = Job.lease_following(job_id, now)
    # If all events are followed up, the worker may have been killed before it ended its lease.
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
    """Follow up one event, or set it aside. Return False if there is no more to do now: all is done, or it failed."""
    tries = job.tries or 1
    _, wrong = actions_failures.attempt(
        tries, lambda: _consequences(job, event_id, now), job=str(job.id), event_id=str(event_id)
    )
    if wrong is None:
        if Job.followed_all(job.id, event_id):
            return False
        Job.followed(job.id, event_id)
        return True
    if not rules_failures.is_given_up(tries, wrong):
        Job.follow_later(job.id, tries, wrong, now)
        return False
    Job.note(job.id, "stuck", now, of=event_id, error=wrong.error)
    alarms.flag_attention(job, Reason.STUCK, now)
    Job.park_event(job.id, event_id, wrong.error, now)
    return True


def _consequences(job: Job, event_id: ObjectId, now: datetime) -> None:
    event = job.event(event_id)
    CONSEQUENCES[event["name"]](job, event, now)
    if event["name"] not in _KEEPS_TIMERS:
        timers.clear(job)
