"""The unique key of each message: its cause, its recipient and its kind."""

from typing import Any

from dispatch.models import Job, Offer
from dispatch.models.base.outlines import JobOutline, OfferOutline
from dispatch.rules.jobs.states import JobState
from dispatch.rules.outbox import kinds
from dispatch.rules.outbox.kinds import Kind


def key(cause: Any, recipient_key: str, kind: Kind) -> str:
    """Return the unique key of a message: its cause, its recipient, and its kind."""
    return f"{cause}:{recipient_key}:{kind.name}"


def offer_key(offer: Offer | OfferOutline) -> str:
    """Return the key of an offer's message."""
    return key(offer_cause(offer), str(offer.agent), kinds.OFFER)


def offer_cause(offer: Offer | OfferOutline) -> str:
    """Return the cause of an offer's message: the offer, and how often the offer was opened."""
    return str(offer.id) if offer.times == 1 else f"{offer.id}.{offer.times}"


def owners_news(job: Job | JobOutline) -> list[str]:
    """Return the keys of the messages that give a job to its agent and, if the job moved since, that name the move."""
    won = job.last_event(JobState.ASSIGNED)
    if won is None:
        return []
    moved = move_since_assigned(job)
    return [key(won["id"], str(won["agent"]), kinds.ASSIGNED), *([moved] if moved else [])]


def move_since_assigned(job: Job | JobOutline) -> str | None:
    """Return the key of the message that names the last move to the job's agent. Return None if it has not moved."""
    won, moved = job.last_event(JobState.ASSIGNED), job.last_event("moved")
    if won and moved and moved.get("agent") == won["agent"] and moved["at"] >= won["at"]:
        return key(moved["id"], str(won["agent"]), kinds.MOVED_AGENT)
    return None
