"""Replies that crossed with a move.

If an agent's YES arrives while their offer is being replaced, the new offer is the answer. If that offer is withdrawn
unsent, the agent is answered separately.
"""

from datetime import datetime

from bson import ObjectId

from dispatch.actions import drafts, message_keys
from dispatch.models import Agent, Job, Message, Offer, OfferState
from dispatch.rules.jobs.states import ROUND_BEGINS
from dispatch.rules.outbox import kinds
from dispatch.rules.outbox.states import MessageState


def replies_to_answer(job: Job) -> dict[ObjectId, ObjectId]:
    """Return the messages that this round's offers answer, by agent, as no answer has been sent before.

    Such a message is a YES to a round that a move has ended, or one whose answer was to be an offer that the move has
    withdrawn unsent.
    """
    began = job.last_event(*ROUND_BEGINS)
    if began is None or began["name"] != "moved":
        return {}
    latest = {offer.agent: offer for offer in Offer.of_job(job.id) if offer.round < job.round}
    ended = {message_keys.offer_key(offer): offer for offer in latest.values() if is_moved_away(offer, job)}
    claims = {offer.agent: offer.claim for offer in ended.values() if offer.claim}
    unsent = Message.by_keys([key for key, offer in ended.items() if not offer.claim]).items()
    return claims | {ended[key].agent: message.answers for key, message in unsent if was_to_answer(message)}


def answer_claims_without_offer(job: Job, cause: ObjectId, offers: list[Offer], now: datetime) -> None:
    """Answer the agents whose YES to a round that a move has ended gets no new offer as its answer.

    They get none because the job is held for another agent, or because they have paused offers since.
    """
    claimed = [offer.agent for offer in offers if offer.state == OfferState.CLOSED and offer.claim]
    if claimed:
        active = [agent for agent in Agent.objects(pk__in=claimed) if agent.is_active]
        agents = [agent for agent in active if agent.paused_until or job.held_for not in (None, agent.id)]
        drafts.save_and_send([drafts.to_agent(kinds.EXPLAIN_MOVED, cause, job, agent) for agent in agents], now)


def answer_unsent_offers(job: Job, cause: ObjectId, offers: list[Offer], now: datetime) -> None:
    """Answer the agents whose messages an offer was to answer that was withdrawn unsent, as the job is closed."""
    unanswered = [message.agent for message in offer_messages(offers) if was_to_answer(message)]
    drafts.save_and_send(
        [drafts.to_agent(kinds.GONE, cause, job, agent) for agent in Agent.objects(pk__in=unanswered)], now
    )


def is_moved_away(offer: Offer, job: Job) -> bool:
    """Return whether a move ended this offer, the agent's latest of the job: they know the job by its old plan."""
    return offer.state == OfferState.CLOSED and offer.plan < job.plan and offer.round < job.round


def offer_messages(offers: list[Offer]) -> list[Message]:
    """Return the messages that carry these offers."""
    return list(Message.by_keys([message_keys.offer_key(offer) for offer in offers]).values())


def was_to_answer(message: Message) -> bool:
    """Return whether this message was withdrawn unsent although it was to answer its recipient."""
    return message.status == MessageState.WITHDRAWN and message.answers is not None and not message.attempts
