"""Consents: who opted in or out, when and how. Each is saved in the write that it decides."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

from bson import ObjectId
from mongoengine import DateTimeField, DictField, ListField, StringField

from dispatch.models.base.record import Record

#: The first opt-in and the latest other entries, this many in all, are kept.
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


class Silence(NamedTuple):
    """Whether and why nothing is sent to an address."""

    opted_out_at: datetime | None = None
    unreachable_at: datetime | None = None
    unreachable_code: int | None = None


class Consenting(Record):
    """An agent or a client. Their address decides whether they are written to (see `Contact`).

    `opted_out_at` and `unreachable_at` are copies from the contact of the number `silence_of`, for queries. `consents`
    has decisions that earlier versions saved here; they are moved to the contact.
    """

    consents = ListField(DictField())
    opted_out_at = DateTimeField()
    unreachable_at = DateTimeField()
    silence_of = StringField()

    meta = {"abstract": True}

    @classmethod
    def decisions_moved(cls, record_id: ObjectId, consents: Sequence[dict[str, Any]], phone: str) -> None:
        """Note that the contact has what was saved here: from now on this is a copy. Not if there is more since."""
        same = {"$in": [None, []]} if not consents else [dict(each) for each in consents]
        change = {"$unset": {"consents": 1}, "$set": {"silence_of": phone}}
        cls.collection().update_one({"_id": record_id, "consents": same}, change)


def entry(what: Which, ground: Ground, now: datetime) -> dict[str, Any]:
    """Return an entry of the list."""
    known = {"message": ground.message, "word": ground.word, "code": ground.code}
    decision = {"at": ground.at or now, "what": what.value, "how": ground.how.value}
    return decision | {name: value for name, value in known.items() if value is not None}


def kept(entries: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the latest entries. The first opt-in is the proof of consent: it is always among them."""
    first = next((n for n, each in enumerate(entries) if each["what"] == Which.IN), 0)
    cut = len(entries) - KEPT
    return list(entries[max(cut, 0) :]) if cut <= first else [entries[first], *entries[cut + 1 :]]


def merged(*lists: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the entries of several lists in the order of their moments, each once."""
    found: list[dict[str, Any]] = []
    for each in sorted((each for entries in lists for each in entries), key=lambda each: each["at"]):
        if each not in found:
            found.append(each)
    return found


def decision(entries: Sequence[dict[str, Any]]) -> dict[str, Any] | None:
    """Return the latest decision that a person or Twilio has made. Return None if there is only the platform's word."""
    return next((each for each in reversed(entries) if each["how"] != How.PLATFORM), None)
