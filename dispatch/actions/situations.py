"""Situations: which jobs a person has to do with, and how each stood for them at a moment."""

from datetime import UTC, datetime

from bson import ObjectId

from dispatch.actions import telling
from dispatch.models import Agent, Job, Message, Offer, OfferState
from dispatch.models.outlines import JobOutline, OfferOutline
from dispatch.rules import offering
from dispatch.rules.job_states import OWNED, JobState
from dispatch.rules.replies import Asked, Matter, Standing
from dispatch.rules.words import Word

#: Later than all that is on record: how things stand at present, whatever the clocks of hosts say.
PRESENT = datetime.max.replace(tzinfo=UTC)
_ENDED = {
    OfferState.TAKEN: Standing.TAKEN,
    OfferState.DECLINED: Standing.DECLINED,
    OfferState.CLOSED: Standing.GONE,
    OfferState.WITHDRAWN: Standing.GONE,
    OfferState.RELEASED: Standing.RELEASED,
    OfferState.WON: Standing.GONE,  # theirs once, not any more
}
_THEIRS = {
    JobState.ASSIGNED: Standing.ASSIGNED,
    JobState.APPROVED: Standing.APPROVED,
    JobState.IN_PROGRESS: Standing.IN_PROGRESS,
    JobState.COMPLETED: Standing.COMPLETED,
}
#: Standing -> the event that brought it about, and the kind of message that tells it.
_TOLD = {
    Standing.TAKEN: ("assigned", "taken"),
    Standing.GONE: ("cancelled", "withdrawn"),
    Standing.RELEASED: ("released", "released"),
    Standing.ASSIGNED: ("moved", "moved_agent"),
    Standing.MOVED: ("moved", "explain_moved"),
}


def of_agent(agent: Agent, at: datetime) -> list[Matter]:
    """Return the jobs that a word of this agent's, arrived at `at`, can be about, newest first.

    `at` is MongoDB's clock, and so is what it is compared with. A job counts from the moment in which the message
    about it was first tried; what was closed after `at` was still open then, unless the job has moved since.
    """
    offers = Offer.of_agent(agent.id)
    own = {job.id: job for job in Job.of_agent(agent.id)}
    others = Job.outlines([offer.job for offer in offers if offer.job not in own])
    jobs = {**own, **{job.id: job for job in others}}
    news = {job.id: owners_news(job) for job in own.values()}
    tried = Message.first_tried(
        [telling.offer_key(o) for o in offers] + [key for keys in news.values() for key in keys]
    )
    latest: dict[ObjectId, OfferOutline] = {}
    for offer in offers:
        if tried.get(telling.offer_key(offer), at) < at:
            latest.setdefault(offer.job, offer)
    matters = []
    for job in sorted(jobs.values(), key=lambda job: job.id, reverse=True):
        told = [tried.get(key, at) < at for key in news.get(job.id, ())]
        theirs, sent = job.agent == agent.id and job.state in _THEIRS, latest.get(job.id)
        if theirs and (any(told) or sent is None):
            standing = _THEIRS[job.state] if told[-1:] == [True] or not any(told) else Standing.MOVED
        elif sent:
            standing = _offered(sent, job, at, theirs)
        else:
            continue
        matters.append(Matter(str(job.id), job.code, standing, str(sent.id) if sent else None, job.plan))
    return matters


def open_codes(agent: Agent) -> list[str]:
    """Return the codes of the jobs that an agent can take at present."""
    return [matter.code for matter in of_agent(agent, PRESENT) if matter.standing == Standing.OFFERED]


def standing_now(agent: Agent, job_id: ObjectId) -> Standing | None:
    """Return how a job stands for an agent at present; None when they have nothing to do with it."""
    job, offer = Job.get(job_id), Offer.of_agent_for(agent.id, job_id)
    if job and job.agent == agent.id and job.state in _THEIRS:
        return _THEIRS[job.state]
    if job and offer and job.state == JobState.PENDING and agent.id in offering.released_by(job.timeline):
        return Standing.RELEASED  # also when it had moved while it was theirs
    return _offered(offer, job, PRESENT, theirs=False) if job and offer else None


def asked(phone: str, before: datetime) -> Asked | None:
    """Return the question in the last message that was sent to this number before then."""
    last = Message.last_said_to(phone, before)
    if last is None or not last.get("asks"):
        return None
    return Asked(Word(last["asks"]), str(last["job"]) if last.get("job") else None)


def _offered(offer: Offer | OfferOutline, job: Job | JobOutline, at: datetime, theirs: bool) -> Standing:
    state = OfferState(offer.state)
    if offer.plan != job.plan and job.state == JobState.PENDING:
        return Standing.MOVED  # also for a word that arrived before: it was about another time or place
    if state == OfferState.OPEN and (job.state != JobState.PENDING or job.round != offer.round):
        return Standing.TAKEN if job.state in OWNED else Standing.GONE  # about to be closed
    open_then = state in (OfferState.OPEN, OfferState.CLAIMED) or bool(offer.closed_at and offer.closed_at > at)
    if state == OfferState.WON and job.state == JobState.PENDING:
        return Standing.RELEASED
    if not open_then:
        return Standing.CLAIMED if theirs else _ENDED[state]
    if offer.claimed_at and offer.claimed_at < at:
        return Standing.CLAIMED
    return Standing.OFFERED


def news(agent: Agent, job: Job, standing: Standing) -> str | None:
    """Return the key of the message in which this agent is told, unasked, how a job stands; None when there is none."""
    offer = Offer.of_agent_for(agent.id, job.id) if standing == Standing.OFFERED else None
    if offer:
        return telling.offer_key(offer)
    name, kind = _TOLD.get(standing, ("", ""))
    if name == "cancelled" and job.agent == agent.id:
        kind = "cancelled_agent"
    event = job.last_event(name, **({"agent": agent.id} if standing == Standing.RELEASED else {}))
    return telling.key(event["id"], str(agent.id), kind) if event else None


def owners_news(job: Job | JobOutline) -> list[str]:
    """Return the keys of what tells an agent that a job is theirs and, where it has moved since, of what tells that."""
    won = job.last_event(JobState.ASSIGNED)
    if won is None:
        return []
    keys = [telling.key(won["id"], str(won["agent"]), "assigned")]
    moved = job.last_event("moved")
    if moved and moved.get("agent") == won["agent"] and moved["at"] >= won["at"]:
        keys.append(telling.key(moved["id"], str(won["agent"]), "moved_agent"))
    return keys
