"""Situations: the jobs that concern a person, and how each concerned them at a moment."""

from datetime import UTC, datetime

from bson import ObjectId

from dispatch.actions import message_keys
from dispatch.models import Agent, Job, Message, Offer, OfferState
from dispatch.models.base.outlines import JobOutline, OfferOutline
from dispatch.rules.inbox.meaning import JobStanding, Matter, Question
from dispatch.rules.inbox.words import Word
from dispatch.rules.jobs.states import OWNED, JobState
from dispatch.rules.offers import offering
from dispatch.rules.outbox import kinds

#: A moment later than all on record: it selects the present state, whatever the clocks of hosts say.
PRESENT = datetime.max.replace(tzinfo=UTC)
_ENDED = {
    OfferState.TAKEN: JobStanding.TAKEN,
    OfferState.CLOSED: JobStanding.GONE,
    OfferState.WITHDRAWN: JobStanding.GONE,
    OfferState.RELEASED: JobStanding.RELEASED,
    OfferState.WON: JobStanding.GONE,  # was theirs
}
_THEIRS = {
    JobState.ASSIGNED: JobStanding.ASSIGNED,
    JobState.APPROVED: JobStanding.APPROVED,
    JobState.IN_PROGRESS: JobStanding.IN_PROGRESS,
    JobState.COMPLETED: JobStanding.COMPLETED,
}
#: JobStanding -> the event that led to it, and the kind of the message with that news.
_NEWS = {
    JobStanding.TAKEN: ("assigned", kinds.TAKEN),
    JobStanding.GONE: ("cancelled", kinds.WITHDRAWN),
    JobStanding.RELEASED: ("released", kinds.RELEASED),
    JobStanding.MOVED: ("moved", kinds.EXPLAIN_MOVED),
}


def of_agent(agent: Agent, at: datetime) -> list[Matter]:
    """Return the jobs that a message of this agent, arrived at `at`, can be about, newest first.

    `at` is by MongoDB's clock, and so are the moments that it is compared with. A job counts from the first attempt to
    send the message about it. An offer that was closed after `at` was open then, unless the job has moved since.
    """
    offers = Offer.of_agent(agent.id)
    own = {job.id: job for job in Job.of_agent(agent.id)}
    others = Job.outlines([offer.job for offer in offers if offer.job not in own])
    jobs = {**own, **{job.id: job for job in others}}
    news = {job.id: message_keys.owners_news(job) for job in own.values()}
    tried = Message.first_tried(
        [message_keys.offer_key(o) for o in offers] + [key for keys in news.values() for key in keys]
    )
    latest: dict[ObjectId, OfferOutline] = {}
    for offer in offers:
        if tried.get(message_keys.offer_key(offer), at) < at:
            latest.setdefault(offer.job, offer)
    matters = []
    for job in sorted(jobs.values(), key=lambda job: job.id, reverse=True):
        sent_before = [tried.get(key, at) < at for key in news.get(job.id, ())]
        theirs, sent = job.agent == agent.id and job.state in _THEIRS, latest.get(job.id)
        if theirs and (any(sent_before) or sent is None):
            standing = _THEIRS[job.state] if sent_before[-1:] == [True] or not any(sent_before) else JobStanding.MOVED
        elif sent:
            standing = _offered(sent, job, at, theirs, agent)
        else:
            continue
        plan = sent.plan if sent and standing == JobStanding.CLAIMED else job.plan
        matters.append(Matter(str(job.id), job.code, standing, str(sent.id) if sent else None, plan))
    return matters


def open_codes(agent: Agent) -> list[str]:
    """Return the codes of the jobs that an agent can take at present."""
    return [matter.code for matter in of_agent(agent, PRESENT) if matter.standing == JobStanding.OFFERED]


def standing_now(agent: Agent, job_id: ObjectId) -> JobStanding | None:
    """Return how a job concerns an agent at present. Return None if it does not."""
    job, offer = Job.get(job_id), Offer.of_agent_for(agent.id, job_id)
    if job and job.agent == agent.id and job.state in _THEIRS:
        return _THEIRS[job.state]
    if job and offer and job.state == JobState.PENDING and agent.id in offering.released_by(job.timeline):
        return JobStanding.RELEASED  # also if it moved while it was theirs
    return _offered(offer, job, PRESENT, False, agent) if job and offer else None


def last_question(phone: str, before: datetime) -> tuple[Question | None, str | None]:
    """Return the question in the last message sent to this number before then, and the job of that message."""
    last = Message.last_sent_to(phone, before) or {}
    job = str(last["job"]) if last.get("job") else None
    return (Question(Word(last["asks"]), job) if last.get("asks") else None), job


def _offered(
    offer: Offer | OfferOutline, job: Job | JobOutline, at: datetime, theirs: bool, agent: Agent
) -> JobStanding:
    state = OfferState(offer.state)
    if offer.plan != job.plan and job.state == JobState.PENDING:
        return JobStanding.MOVED  # even for an earlier message: it was about another time or place
    if state == OfferState.OPEN and (job.state != JobState.PENDING or job.round != offer.round):
        return JobStanding.TAKEN if job.state in OWNED else JobStanding.GONE  # about to be closed
    if state == OfferState.DECLINED:  # by an earlier message: the messages of a person are handled in their order
        is_open = agent.is_active and job.state == JobState.PENDING and job.round == offer.round
        return JobStanding.DECLINED if is_open else JobStanding.PASSED
    open_then = state in (OfferState.OPEN, OfferState.CLAIMED) or bool(offer.closed_at and offer.closed_at > at)
    if state == OfferState.WON and job.state == JobState.PENDING:
        return JobStanding.RELEASED
    if not open_then:
        return JobStanding.CLAIMED if theirs else _ENDED[state]
    if offer.claimed_at and offer.claimed_at <= at:  # two messages of one moment: the claim was handled before
        return JobStanding.CLAIMED
    return JobStanding.OFFERED


def news_key(agent: Agent, job: Job, standing: JobStanding) -> str | None:
    """Return the key of the message by which this agent gets the news of a job's standing, or None if none exists."""
    offer = Offer.of_agent_for(agent.id, job.id) if standing == JobStanding.OFFERED else None
    if offer:
        return message_keys.offer_key(offer)
    if standing == JobStanding.ASSIGNED:
        return message_keys.move_since_assigned(job)
    if standing not in _NEWS:
        return None
    name, kind = _NEWS[standing]
    if name == "cancelled" and job.agent == agent.id:
        kind = kinds.CANCELLED_AGENT
    event = job.last_event(name, **({"agent": agent.id} if standing == JobStanding.RELEASED else {}))
    return message_keys.key(event["id"], str(agent.id), kind) if event else None
