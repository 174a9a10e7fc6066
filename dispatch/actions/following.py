"""Following: what follows from a job's events is written here, oldest event first, and only what still holds."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from bson import ObjectId

from dispatch.actions import rounds, telling, timers
from dispatch.models import Agent, Job, OfferState
from dispatch.models.record import utc_now
from dispatch.rules.job_states import OWNED, JobState


def up(job_id: ObjectId, now: datetime) -> None:
    """Follow up every unfollowed event of a job. Harmless when repeated: all that it writes is written once.

    One follower at a time, by a lease that a new event does not cut short.
    """
    job = Job.lease_following(job_id, now)
    while job:
        for event_id in list(job.unfollowed):
            job = Job.get(job_id) or job
            event = job.event(event_id)
            _CONSEQUENCES[event["name"]](job, event, now)
            Job.followed(job_id, event_id)
        job = None if Job.end_following(job_id) else Job.get(job_id)
        now = utc_now()


def _opened(job: Job, event: dict[str, Any], now: datetime) -> None:
    if job.state == JobState.PENDING and job.round == event["round"]:
        timers.set_expiry(job, now)
        rounds.open_round(job, now)


def _assigned(job: Job, event: dict[str, Any], now: datetime) -> None:
    """The winner learns all that is needed; everybody else that the job is taken."""
    rounds.settle_offer(event["offer"])
    offers = rounds.close_round(job, event["round"], OfferState.TAKEN)
    if _still_theirs(job, event):
        telling.tell([telling.to_owner("assigned", event["id"], job, Agent.known(job.agent))], now)
    rounds.tell_taken(job, event["id"], offers, now)


def _approved(job: Job, event: dict[str, Any], now: datetime) -> None:
    """The client learns who comes and when; the reminder is set."""
    if _still_theirs(job, event) and job.state != JobState.ASSIGNED:
        agent = Agent.known(job.agent)
        to_both = [
            telling.to_owner("approved", event["id"], job, agent),
            telling.to_client("approved_client", event["id"], job, agent),
        ]
        telling.tell(to_both, now)
        timers.set_reminder(job, now)


def _began(job: Job, event: dict[str, Any], now: datetime) -> None:
    if _still_theirs(job, event):
        telling.tell([telling.to_owner("began", event["id"], job, Agent.known(job.agent))], now)


def _completed(job: Job, event: dict[str, Any], now: datetime) -> None:
    agent = Agent.known(event["agent"])
    to_both = [
        telling.to_owner("completed_agent", event["id"], job, agent),
        telling.to_client("completed_client", event["id"], job, agent),
    ]
    telling.tell(to_both, now)


def _expired(job: Job, event: dict[str, Any], now: datetime) -> None:
    rounds.close_round(job, job.round, OfferState.CLOSED)
    telling.tell([telling.to_client("expired_client", event["id"], job)], now)


_CONSEQUENCES: dict[str, Callable[[Job, dict[str, Any], datetime], None]] = {
    "opened": _opened,
    JobState.ASSIGNED: _assigned,
    JobState.APPROVED: _approved,
    JobState.IN_PROGRESS: _began,
    JobState.COMPLETED: _completed,
    JobState.EXPIRED: _expired,
}


def _still_theirs(job: Job, event: dict[str, Any]) -> bool:
    return job.agent == event["agent"] and job.state in OWNED
