"""Owing: who has written, and whose answer an offer is to be; another answer, when that offer can't be it any more."""

from datetime import datetime

from bson import ObjectId

from dispatch.actions import drafts, message_keys
from dispatch.models import Agent, Job, Message, Offer, OfferState
from dispatch.rules.jobs.states import ROUND_BEGINS
from dispatch.rules.outbox.states import MessageState


def replies_to_answer(job: Job) -> dict[ObjectId, ObjectId]:
    """Return what agents wrote, by agent, that this round's offers answer, as no answer has come before them.

    It is a YES to a round that a move has ended, or what an offer was to answer that a move has taken back.
    """
    began = job.last_event(*ROUND_BEGINS)
    if began is None or began["name"] != "moved":
        return {}
    latest = {offer.agent: offer for offer in Offer.of_job(job.id) if offer.round < job.round}
    ended = {message_keys.offer_key(offer): offer for offer in latest.values() if is_moved_away(offer, job)}
    words = {offer.agent: offer.claim for offer in ended.values() if offer.claim}
    unsaid = Message.by_keys([key for key, offer in ended.items() if not offer.claim]).items()
    return words | {ended[key].agent: message.answers for key, message in unsaid if was_to_answer(message)}


def answer_claims_without_offer(job: Job, cause: ObjectId, offers: list[Offer], now: datetime) -> None:
    """Answer those whose YES to a round that a move has ended would get no answer, as the job is not offered to them.

    It is held for another, or they have paused offers since.
    """
    claimed = [offer.agent for offer in offers if offer.state == OfferState.CLOSED and offer.claim]
    if claimed:
        active = [agent for agent in Agent.objects(pk__in=claimed) if agent.is_active]
        agents = [agent for agent in active if agent.paused_until or job.held_for not in (None, agent.id)]
        drafts.tell([drafts.to_agent("explain_moved", cause, job, agent) for agent in agents], now)


def answer_unsent_offers(job: Job, cause: ObjectId, offers: list[Offer], now: datetime) -> None:
    """Answer those whose word an offer would have answered that nobody can take any more."""
    wrote = [message.agent for message in offer_messages(offers) if was_to_answer(message)]
    drafts.tell([drafts.to_agent("gone", cause, job, agent) for agent in Agent.objects(pk__in=wrote)], now)


def is_moved_away(offer: Offer, job: Job) -> bool:
    """Whether an agent's latest offer of a job was ended by a move: they know of the job, by its old plan."""
    return offer.state == OfferState.CLOSED and offer.plan < job.plan and offer.round < job.round


def offer_messages(offers: list[Offer]) -> list[Message]:
    """Return the messages by which these offers are made."""
    return list(Message.by_keys([message_keys.offer_key(offer) for offer in offers]).values())


def was_to_answer(message: Message) -> bool:
    """Whether an offer was taken back that would have been the answer to what its agent wrote."""
    return message.status == MessageState.WITHDRAWN and message.answers is not None and not message.attempts
