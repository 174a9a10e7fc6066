"""Consents: who opted in or out, when and how. Each is saved in the write that it decides."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from bson import ObjectId
from mongoengine import DictField, ListField

from dispatch.models.base.record import Record

#: The latest entries, this many, are kept.
KEPT = 50


class Which(StrEnum):
    """The decision."""

    IN = "in"
    OUT = "out"


class How(StrEnum):
    """How we know of a decision."""

    PLATFORM = "platform"
    MESSAGE = "message"
    TWILIO = "twilio"


@dataclass(frozen=True)
class Ground:
    """How we know of a decision: from a `message` with a `word`, arrived `at`, or from Twilio's error `code`."""

    how: How = How.TWILIO
    message: ObjectId | None = None
    at: datetime | None = None
    word: str | None = None
    code: int | None = None


#: Twilio refused to send, whatever the code.
BY_TWILIO = Ground()


class Consenting(Record):
    """`consents` lists a person's decisions, the latest last.

    Each entry has `at`, `what` and `how`; if known, also `message` (its id), `word` and `code`.
    """

    consents = ListField(DictField())

    meta = {"abstract": True}


def entry(what: Which, ground: Ground, now: datetime) -> dict[str, Any]:
    """Return an entry of the list."""
    known = {"message": ground.message, "word": ground.word, "code": ground.code}
    decision = {"at": ground.at or now, "what": what.value, "how": ground.how.value}
    return decision | {name: value for name, value in known.items() if value is not None}


def first(now: datetime) -> list[dict[str, Any]]:
    """Return the list of a new person: the platform has their consent."""
    return [entry(Which.IN, Ground(How.PLATFORM), now)]


def noted(what: Which, ground: Ground, now: datetime) -> dict[str, Any]:
    """Return the update that adds a decision to the list."""
    return {"$push": {"consents": {"$each": [entry(what, ground, now)], "$slice": -KEPT}}}


def unless_noted(ground: Ground) -> dict[str, Any]:
    """Return the filter for people whose list does not have this message's decision yet."""
    return {"consents.message": {"$ne": ground.message}} if ground.message else {}
