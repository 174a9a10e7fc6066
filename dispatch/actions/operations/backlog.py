"""Watching: how much is overdue, and since when; what is parked, and why; what waits on the shelf."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import pymongo
import redis
import structlog
from pymongo.errors import PyMongoError

from config.settings import settings
from dispatch import shelf
from dispatch.channels.whatsapp import limits
from dispatch.models import Agent, Alarm, Job, Message, Offer, OfferState, Timer
from dispatch.models.base.record import Record
from dispatch.rules.outbox.states import MessageState

log = structlog.get_logger(__name__)

#: Nothing is counted any further than this: a backlog must not make it slow to look at the backlog.
MOST = 1000
#: So many of what is parked are named.
NAMED = 5
#: Seconds that all questions to MongoDB together may take.
SECONDS = 2.5

_UNSURE = [MessageState.UNKNOWN.value, MessageState.SENDING.value]
_Where = dict[str, Any]
#: Documents, a filter, and the field with the moment since when.
_Question = tuple[type[Record], _Where, str]


def database(now: datetime) -> dict[str, Any] | None:
    """Return what is overdue and what is parked, by kind of work; None when MongoDB does not answer in time."""
    try:
        with pymongo.timeout(SECONDS):
            return {
                "overdue": {kind: _tally(*questions) for kind, questions in _overdue(now).items()},
                "parked": {kind: _parked(*question) for kind, question in _PARKED.items()},
            }
    except PyMongoError as error:
        log.warning("nothing to see", store="mongodb", error=type(error).__name__)
        return None


def redis_too() -> dict[str, dict[str, int | None]] | None:
    """Return how many webhook forms wait to be saved, or can't be, and how much of Meta's tier is used.

    None when Redis does not answer.
    """
    try:
        tier = {"used": limits.tier_used(), "of": settings().outbox.messaging_tier}
        return {"rescued": {**shelf.counts()}, "tier": tier}
    except redis.RedisError as error:
        log.warning("nothing to see", store="redis", error=type(error).__name__)
        return None


def _overdue(now: datetime) -> dict[str, list[_Question]]:
    """Return each kind of work with how documents show that it should have been done."""
    due = {"$lte": now}
    to_send = {"direction": "outbound", "next_attempt_at": due}
    return {
        "inbound": [(Message, {"unhandled": True, "received_at": due}, "received_at")],
        "claims": [(Offer, {"state": OfferState.CLAIMED.value, "settle_at": due}, "settle_at")],
        "events": [(Job, {"follow_up_at": due}, "follow_up_at")],
        "agents": [(Agent, {"follow_up_at": due}, "follow_up_at")],
        "pauses": [(Agent, {"paused_until": due}, "paused_until")],
        "outbound": [(Message, {**to_send, "status": MessageState.QUEUED.value}, "next_attempt_at")],
        "look_ups": [(Message, {**to_send, "status": {"$in": _UNSURE}}, "next_attempt_at")],
        "timers": [(Timer, {"next_attempt_at": due}, "next_attempt_at")],
        "alarms": [(Job, {"alert_at": due}, "alert_at"), (Alarm, {"post_at": due}, "post_at")],
    }


_PARKED_SINCE = {"parked_at": {"$exists": True}}
#: Each kind of work that can be parked, and how that is found.
_PARKED: dict[str, _Question] = {
    "inbound": (Message, {"direction": "inbound", "status": MessageState.PARKED.value}, "_id"),
    "outbound": (Message, {"direction": "outbound", "status": MessageState.PARKED.value}, "_id"),
    "events": (Job, _PARKED_SINCE, "parked_at"),
    "claims": (Offer, _PARKED_SINCE, "parked_at"),
    "agents": (Agent, _PARKED_SINCE, "parked_at"),
    "timers": (Timer, _PARKED_SINCE, "parked_at"),
}


def _tally(*questions: _Question) -> dict[str, Any]:
    tallies = [document.tally(where, by, MOST) for document, where, by in questions]
    moments = [since for _, since in tallies if since]
    return {"count": min(sum(count for count, _ in tallies), MOST), "since": min(moments, default=None)}


def _parked(document: type[Record], where: _Where, by: str) -> dict[str, Any]:
    first = document.collection().find(where, {"job": 1, "error": 1}).sort(by, 1).limit(NAMED)
    named = list(_named(document, first))
    count = document.collection().count_documents(where, limit=MOST) if named else 0
    return {"count": count, "first": named}


def _named(document: type[Record], rows: Iterable[_Where]) -> Iterable[dict[str, Any]]:
    for row in rows:
        yield {"id": row["_id"], "job_id": row["_id"] if document is Job else row.get("job"), "error": row.get("error")}
