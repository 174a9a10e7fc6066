"""Job status: the reply with a job's status, unless news with that status is on its way to the sender."""

from collections.abc import Mapping
from datetime import datetime

from dispatch.actions import drafts, message_keys
from dispatch.actions.inbox import opt_outs, situations
from dispatch.actions.offers import crossed_replies, rounds
from dispatch.models import Agent, Job, Message, Offer
from dispatch.rules.inbox.meaning import JobStanding
from dispatch.rules.inbox.words import Word
from dispatch.rules.jobs.states import OWNED, JobState
from dispatch.rules.outbox import kinds
from dispatch.rules.outbox.kinds import Kind
from dispatch.rules.outbox.states import Lane
from dispatch.wording import facts
from dispatch.wording.rendering import Value

#: The wording of the answer to an agent who asks about a job that ended, by the state of the job.
_ENDED = {JobState.CANCELLED: kinds.GONE_CANCELLED, JobState.EXPIRED: kinds.GONE_EXPIRED}
#: The wording of the answer to an agent who replied to an earlier time or place, by how the job stands now.
_MOVED = {JobStanding.OFFERED: kinds.OFFER_MOVED, JobStanding.ASSIGNED: kinds.MOVED_AGENT}


def reply_with_status(message: Message, agent: Agent, now: datetime) -> None:
    """Reply with the job's present status, unless a message with that status is on its way to them.

    The news of a claim's outcome answers all that was written while the claim was undecided.
    """
    meaning = message.meaning
    if meaning.get("standing") == JobStanding.CLAIMED and meaning["word"] in (Word.YES, Word.CONFIRM):
        return
    standing, job = situations.standing_now(agent, meaning["job"]), Job.get(meaning["job"])
    if standing == JobStanding.PASSED and job and meaning["word"] == Word.YES:
        standing = JobStanding.TAKEN if job.state in OWNED else JobStanding.GONE
    if job is None or standing is None or _news_is_the_answer(message, agent, job, standing):
        return
    wording = _MOVED.get(standing) if meaning.get("standing") == JobStanding.MOVED else None
    words: dict[str, Value] = {"open_codes": situations.open_codes(agent)}
    if standing == JobStanding.GONE:
        wording = _ENDED.get(job.state)
    if standing == JobStanding.TAKEN and (won := job.last_event(JobState.ASSIGNED)):
        wording = kinds.TAKEN_AT
        words["taken_at"] = facts.time_of(won["at"], now, job.timezone, drafts.language_for(wording, agent.language))
    if job.agent == agent.id:
        words |= drafts.for_the_owner(job)
    reply(message, agent, kinds.explaining(standing), now, words, job=job, wording=wording)


def _news_is_the_answer(message: Message, agent: Agent, job: Job, standing: JobStanding) -> bool:
    """Return whether news that all concerned get (taken, moved, withdrawn) was not yet on its way when they wrote.

    Such news is the answer. News that they had before they wrote is not: they get a reply of their own.
    """
    key = situations.news_key(agent, job, standing)
    if key is None:
        return False
    news = Message.by_keys([key]).get(key)
    if news and not news.first_tried_at:
        if Message.set_answers(news.id, message.id):
            return True
        news = Message.get(news.id)  # in between it was sent or withdrawn
    if news:
        return bool(news.first_tried_at and news.first_tried_at >= message.received_at)
    if standing == JobStanding.RELEASED:  # they gave it back; they get no news of later events
        return any(key.startswith(str(event)) for event in job.unfollowed)
    if not job.unfollowed:
        return False
    return job.agent == agent.id or _gets_news_of_the_round(message, agent, job, standing)


def _gets_news_of_the_round(message: Message, agent: Agent, job: Job, standing: JobStanding) -> bool:
    """Return whether the consequences, which are not written yet, bring this agent news of the job's present round.

    They do if their offer is open or was just closed, or if a move ended their latest offer. The news of a move goes to
    those who had replied YES, the end of a round to those whom their offer may have reached.
    """
    offer = Offer.of_agent_for(agent.id, job.id)
    if offer is None or standing == JobStanding.MOVED:
        return bool(offer and offer.claim and agent.is_active)
    just_closed = offer.round == job.round and offer.state in rounds.LOST
    if not (offer.is_undecided or just_closed or (agent.is_active and crossed_replies.is_moved_away(offer, job))):
        return False
    return job.state == JobState.PENDING or _gets_the_end_of_the_round(message, offer)


def _gets_the_end_of_the_round(message: Message, offer: Offer) -> bool:
    """Return whether the end of a round is sent to this offer's agent. An offer that still waits is made the answer.

    If such an offer is withdrawn unsent, its agent gets the end of the round for it.
    """
    key = message_keys.offer_key(offer)
    carrier = Message.by_keys([key]).get(key)
    if carrier is None:
        return False
    return Message.set_answers(carrier.id, message.id) or rounds.may_have_arrived(Message.get(carrier.id) or carrier)


def reply(
    message: Message,
    agent: Agent,
    kind: Kind,
    now: datetime,
    words: Mapping[str, Value] | None = None,
    *,
    job: Job | None = None,
    asks: Word | None = None,
    wording: Kind | None = None,
) -> None:
    """Write a reply to a message, once, unless Twilio has replied itself."""
    if opt_outs.read_by_twilio(message):
        return
    to = drafts.an_agent(agent)
    drafted = drafts.draft(kind, message.id, to, job=job, lane=Lane.REPLIES, asks=asks, wording=wording, values=words)
    drafts.save_and_send([drafted], now)
