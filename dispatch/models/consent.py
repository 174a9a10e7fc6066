"""Consents: who agreed to be written to, or no longer, when and how; written together with what it decides."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from bson import ObjectId
from mongoengine import DictField, ListField

from dispatch.models.base.record import Record

#: So many entries are kept, the latest.
KEPT = 50


class Which(StrEnum):
    """What somebody decided."""

    IN = "in"
    OUT = "out"


class How(StrEnum):
    """How we know."""

    PLATFORM = "platform"
    MESSAGE = "message"
    TWILIO = "twilio"


@dataclass(frozen=True)
class Ground:
    """How we know of a consent: by whose `message`, arrived `at`, in which `word`; or by Twilio's error `code`."""

    how: How = How.TWILIO
    message: ObjectId | None = None
    at: datetime | None = None
    word: str | None = None
    code: int | None = None


#: Twilio refused to send, whatever the code.
BY_TWILIO = Ground()


class Consenting(Record):
    """`consents` has what a person decided, the latest last; each entry with `at`, `what`, `how`, and what is known of
    `message` (its id), `word` and `code`.
    """

    consents = ListField(DictField())

    meta = {"abstract": True}


def entry(what: Which, ground: Ground, now: datetime) -> dict[str, Any]:
    """Return an entry of the list."""
    known = {"message": ground.message, "word": ground.word, "code": ground.code}
    said = {"at": ground.at or now, "what": what.value, "how": ground.how.value}
    return said | {name: value for name, value in known.items() if value is not None}


def first(now: datetime) -> list[dict[str, Any]]:
    """Return the list of somebody whom the platform names for the first time: it has their consent."""
    return [entry(Which.IN, Ground(How.PLATFORM), now)]


def noted(what: Which, ground: Ground, now: datetime) -> dict[str, Any]:
    """What a change of somebody's consent also writes."""
    return {"$push": {"consents": {"$each": [entry(what, ground, now)], "$slice": -KEPT}}}


def unless_noted(ground: Ground) -> dict[str, Any]:
    """Match whoever has not decided by this very message already."""
    return {"consents.message": {"$ne": ground.message}} if ground.message else {}
