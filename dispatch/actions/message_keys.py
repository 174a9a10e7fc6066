"""The unique key of each message: its cause, its recipient and its kind."""

from typing import Any

from dispatch.models import Job, Offer
from dispatch.models.base.outlines import JobOutline, OfferOutline
from dispatch.rules.jobs.states import JobState


def key(cause: Any, recipient_key: str, kind: str) -> str:
    """Return the unique key of a message: its cause, whom it is for, and what it says."""
    return f"{cause}:{recipient_key}:{kind}"


def offer_key(offer: Offer | OfferOutline) -> str:
    """Return the key of an offer's message."""
    return key(offer_cause(offer), str(offer.agent), "offer")


def offer_cause(offer: Offer | OfferOutline) -> str:
    """Return what causes an offer's message: the offer, and how often it was opened."""
    return str(offer.id) if offer.times == 1 else f"{offer.id}.{offer.times}"


def owners_news(job: Job | JobOutline) -> list[str]:
    """Return the keys of what tells an agent that a job is theirs and, where it has moved since, of what tells that."""
    won = job.last_event(JobState.ASSIGNED)
    if won is None:
        return []
    keys = [key(won["id"], str(won["agent"]), "assigned")]
    moved = job.last_event("moved")
    if moved and moved.get("agent") == won["agent"] and moved["at"] >= won["at"]:
        keys.append(key(moved["id"], str(won["agent"]), "moved_agent"))
    return keys
