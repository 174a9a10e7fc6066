"""Rounds: one search for an agent. Opening one offers the job; closing one ends its offers and tells who lost."""

from datetime import datetime

import structlog
from bson import ObjectId

from dispatch.actions import telling
from dispatch.models import Agent, Job, Message, Offer, OfferState
from dispatch.rules import offering
from dispatch.rules.delivery import Lane, MessageState

log = structlog.get_logger(__name__)

#: Offers and messages written in one go, so that sending begins while the rest is still being written.
CHUNK = 200


def open_round(job: Job, now: datetime) -> None:
    """Offer a pending job to every active agent: one offer and one message each, however often it is called."""
    agents = offering.in_order(Agent.active(), job.property_details.get("zone"))
    if not agents:
        log.error("no active agent", job=str(job.id))
        Job.note(job.id, "no_active_agent", now)
    for start in range(0, len(agents), CHUNK):
        chunk = agents[start : start + CHUNK]
        offers = Offer.make(job.id, job.round, [agent.id for agent in chunk], now)
        telling.tell(
            [
                telling.to_agent("offer", offer.id, job, agent, lane=Lane.BULK, offer=offer.id)
                for agent, offer in zip(chunk, offers, strict=True)
                if offer.state == OfferState.OPEN
            ],
            now,
        )


def close_round(job: Job, round_: int, state: OfferState) -> list[Offer]:
    """End a round's offers, take back those that nobody has begun to send, and return all of the round's offers."""
    Offer.close_all(job.id, round_, state)
    Message.withdraw({"job": job.id, "kind": "offer", "direction": "outbound"})
    return Offer.of_round(job.id, round_)


def settle_offer(offer_id: ObjectId) -> None:
    """Mark the offer whose claim won, before the rest of its round is closed."""
    Offer.close(offer_id, OfferState.WON, among=[OfferState.CLAIMED])


def tell_taken(job: Job, cause: ObjectId, offers: list[Offer], now: datetime) -> None:
    """Tell everybody whose offer reached them, or may have, once that somebody else has the job."""
    lost = {offer.agent: offer for offer in offers if offer.state == OfferState.TAKEN}
    reached = {message.offer for message in _offer_messages(offers) if _may_have_arrived(message)}
    agents = [agent for agent in Agent.objects(pk__in=list(lost)) if lost[agent.id].id in reached]
    telling.tell([telling.to_agent("taken", cause, job, agent, lane=Lane.BULK) for agent in agents], now)


def offer_key(offer: Offer) -> str:
    """Return the key of an offer's message."""
    return telling.key(offer.id, str(offer.agent), "offer")


def _offer_messages(offers: list[Offer]) -> list[Message]:
    return list(Message.by_keys([offer_key(offer) for offer in offers]).values())


def _may_have_arrived(message: Message) -> bool:
    if message.status == MessageState.WITHDRAWN:
        return bool(message.attempts)
    return message.status not in (
        MessageState.QUEUED,
        MessageState.FAILED,
        MessageState.UNDELIVERED,
        MessageState.PARKED,
    )
