"""Situations: which jobs a person has to do with, and how each stood for them at a moment."""

from datetime import datetime

from bson import ObjectId

from dispatch.actions import rounds, telling
from dispatch.models import Agent, Job, Message, Offer, OfferState
from dispatch.rules.job_states import OWNED, JobState
from dispatch.rules.replies import Asked, Matter, Standing
from dispatch.rules.words import Word

_ENDED = {
    OfferState.TAKEN: Standing.TAKEN,
    OfferState.DECLINED: Standing.DECLINED,
    OfferState.CLOSED: Standing.GONE,
    OfferState.WITHDRAWN: Standing.GONE,
    OfferState.WON: Standing.GONE,  # theirs once, not any more
}
_THEIRS = {
    JobState.ASSIGNED: Standing.ASSIGNED,
    JobState.APPROVED: Standing.APPROVED,
    JobState.IN_PROGRESS: Standing.IN_PROGRESS,
    JobState.COMPLETED: Standing.COMPLETED,
}


def of_agent(agent: Agent, at: datetime) -> list[Matter]:
    """Return the jobs that a word of this agent's, arrived at `at`, can be about, newest first.

    `at` is MongoDB's clock, and so is what it is compared with. A job counts from the moment in which the message
    about it was first tried; what was closed after `at` was still open then.
    """
    offers = Offer.of_agent(agent.id)
    jobs = {job.id: job for job in Job.of_agent(agent.id)}
    jobs.update({job.id: job for job in Job.objects(pk__in=[offer.job for offer in offers if offer.job not in jobs])})
    tried = Message.first_tried(
        [rounds.offer_key(offer) for offer in offers] + [_assigned_key(j) for j in jobs.values()]
    )
    latest: dict[ObjectId, Offer] = {}
    for offer in offers:
        if tried.get(rounds.offer_key(offer), at) < at:
            latest.setdefault(offer.job, offer)
    matters = []
    for job in sorted(jobs.values(), key=lambda job: job.id, reverse=True):
        told_at = tried.get(_assigned_key(job))
        theirs = job.agent == agent.id and job.state in _THEIRS
        if theirs and told_at and told_at < at:
            matters.append(Matter(str(job.id), job.code, _THEIRS[job.state]))
        elif job.id in latest:
            matters.append(Matter(str(job.id), job.code, _offered(latest[job.id], job, at, theirs)))
        elif theirs:
            matters.append(Matter(str(job.id), job.code, _THEIRS[job.state]))
    return matters


def standing_now(agent: Agent, job_id: ObjectId, now: datetime) -> Standing | None:
    """Return how a job stands for an agent at present; None when they have nothing to do with it."""
    job, offer = Job.get(job_id), Offer.of_agent_for(agent.id, job_id)
    if job and job.agent == agent.id and job.state in _THEIRS:
        return _THEIRS[job.state]
    return _offered(offer, job, now, theirs=False) if job and offer else None


def asked(phone: str, before: datetime) -> Asked | None:
    """Return the question in the last message that was sent to this number before then."""
    last = next(iter(Message.said_to(phone, before)), None)
    if last is None or not last.asks:
        return None
    return Asked(Word(last.asks), str(last.job) if last.job else None)


def _offered(offer: Offer, job: Job, at: datetime, theirs: bool) -> Standing:
    state = OfferState(offer.state)
    if state == OfferState.OPEN and (job.state != JobState.PENDING or job.round != offer.round):
        return Standing.TAKEN if job.state in OWNED else Standing.GONE  # about to be closed
    open_then = state in (OfferState.OPEN, OfferState.CLAIMED) or bool(offer.closed_at and offer.closed_at > at)
    if not open_then:
        return Standing.CLAIMED if theirs else _ENDED[state]
    if offer.claimed_at and offer.claimed_at < at:
        return Standing.CLAIMED
    return Standing.OFFERED


def _assigned_key(job: Job) -> str:
    event = job.last_event(JobState.ASSIGNED)
    return telling.key(event["id"], str(event["agent"]), "assigned") if event else ""
