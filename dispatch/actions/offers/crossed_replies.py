"""Replies that crossed with a move of the job.

If an agent's YES arrives while their offer is being replaced, the new offer is the answer. If that offer is withdrawn
unsent, the reply is answered separately.
"""

from datetime import datetime

from bson import ObjectId

from dispatch.actions import drafts, message_keys
from dispatch.models import Agent, Job, Message, Offer, OfferState
from dispatch.rules.jobs.states import ROUND_BEGINS
from dispatch.rules.outbox.states import MessageState


def waiting_replies(job: Job) -> dict[ObjectId, ObjectId]:
    """Return the replies that this round's offers answer: the message's id, by agent.

    Such a reply is a YES to a round that a move has ended, or one that a withdrawn offer was to answer.
    """
    began = job.last_event(*ROUND_BEGINS)
    if began is None or began["name"] != "moved":
        return {}
    latest = {offer.agent: offer for offer in Offer.of_job(job.id) if offer.round < job.round}
    ended = {message_keys.offer_key(offer): offer for offer in latest.values() if is_moved_away(offer, job)}
    words = {offer.agent: offer.claim for offer in ended.values() if offer.claim}
    unsaid = Message.by_keys([key for key, offer in ended.items() if not offer.claim]).items()
    return words | {ended[key].agent: message.answers for key, message in unsaid if was_unsent_answer(message)}


def answer_claimed(job: Job, cause: ObjectId, offers: list[Offer], now: datetime) -> None:
    """Answer agents whose YES belongs to a round that a move has ended, and who get no new offer.

    They get none if the job is held for another agent, or they have paused offers.
    """
    claimed = [offer.agent for offer in offers if offer.state == OfferState.CLOSED and offer.claim]
    if claimed:
        active = [agent for agent in Agent.objects(pk__in=claimed) if agent.is_active]
        agents = [agent for agent in active if agent.paused_until or job.held_for not in (None, agent.id)]
        drafts.tell([drafts.to_agent("explain_moved", cause, job, agent) for agent in agents], now)


def answer_waiting(job: Job, cause: ObjectId, offers: list[Offer], now: datetime) -> None:
    """Answer agents whose reply was to be answered by an offer that is closed now."""
    wrote = [message.agent for message in offer_messages(offers) if was_unsent_answer(message)]
    drafts.tell([drafts.to_agent("gone", cause, job, agent) for agent in Agent.objects(pk__in=wrote)], now)


def is_moved_away(offer: Offer, job: Job) -> bool:
    """Return whether a move ended this latest offer of an agent: they know the job by its old plan."""
    return offer.state == OfferState.CLOSED and offer.plan < job.plan and offer.round < job.round


def offer_messages(offers: list[Offer]) -> list[Message]:
    """Return the messages of these offers."""
    return list(Message.by_keys([message_keys.offer_key(offer) for offer in offers]).values())


def was_unsent_answer(message: Message) -> bool:
    """Return whether this message of an offer was withdrawn unsent, and was to answer a reply of its agent."""
    return message.status == MessageState.WITHDRAWN and message.answers is not None and not message.attempts
