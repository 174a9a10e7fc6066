"""Batches: messages that go out side by side, leased in one write just before their POSTs, and noted in one after."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Self

from bson import ObjectId
from mongoengine import ObjectIdField
from pymongo import UpdateOne
from pymongo.errors import BulkWriteError

from dispatch.models.base.record import DUPLICATE_KEY
from dispatch.models.message.attempted import SENDING_SECONDS, Attempted, raised
from dispatch.models.message.outbound import ripe
from dispatch.rules.outbox.states import MessageState
from dispatch.rules.outbox.window import SentAs

#: Takes what can't be read as a message, by its id, and why.
Broken = Callable[[ObjectId, Exception], None]


@dataclass(frozen=True, slots=True)
class Form:
    """What carries a message but its text: a content, what it says, and the values of its variables by number."""

    sent_as: str
    text: str
    content_sid: str
    variables: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Going:
    """A message about to be sent, as it was read or leased; what it says, and by what it still holds.

    `form` is how it is said where not as text, `sender` by which of our numbers, `until` when it has no point any more.
    """

    id: ObjectId
    kind: str
    lane: str
    phone: str
    text: str
    status: str
    attempts: Sequence[Mapping[str, Any]]
    revision: int
    created_at: datetime
    job: ObjectId | None = None
    plan: int | None = None
    about: ObjectId | None = None
    offer: ObjectId | None = None
    agent: ObjectId | None = None
    client_id: str | None = None
    mishaps: int | None = None
    twilio_sid: str | None = None
    language: str | None = None
    wording: str | None = None
    form: Form | None = None
    sender: str = ""
    until: datetime | None = None

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> "Going":
        """Make one from MongoDB's row."""
        return cls(row["_id"], **{name: row[name] for name in FIELDS if name in row})

    @property
    def n(self) -> int:
        """The number of its latest attempt."""
        return len(self.attempts)


FIELDS = tuple(name for name in Going.__slots__ if name not in ("id", "form", "sender", "until"))


class Batched(Attempted):
    """`leased_by` tells whose lease the latest one was."""

    leased_by = ObjectIdField()

    meta = {"abstract": True}

    @classmethod
    def about_to_go(cls, ids: Sequence[ObjectId], now: datetime, broken: Broken) -> list[Going]:
        """Return those of these messages that wait to be sent now, in order; what lacks a field goes to `broken`."""
        found = {}
        for row in cls.find_rows({"_id": {"$in": list(ids)}, **ripe(now)}, *FIELDS):
            try:
                found[row["_id"]] = Going.of(row)
            except TypeError as error:
                broken(row["_id"], error)
        return [found[id_] for id_ in ids if id_ in found]

    @classmethod
    def lease(cls, batch: Sequence[Going], now: datetime) -> list[Going]:
        """Take these messages, each for one POST; return those that nobody else took, with their new attempts.

        A new attempt is on record before its request leaves.
        """
        ours = ObjectId()
        leased = [_with_an_attempt(each, now) for each in batch]
        leases = [
            UpdateOne(
                {"_id": each.id, "attempts": {"$size": each.n - 1}, **ripe(now)},
                {
                    "$set": {
                        "status": each.status,
                        "next_attempt_at": now + timedelta(seconds=SENDING_SECONDS),
                        "look_ups": 0,
                        "leased_by": ours,
                    },
                    "$push": {"attempts": each.attempts[-1]},
                    "$inc": {"revision": 1},
                    # MongoDB's clock: compared with an answer's received_at, which is MongoDB's too.
                    "$currentDate": {"attempted_at": True},
                },
            )
            for each in leased
        ]
        if not leases or cls.collection().bulk_write(leases, ordered=False).modified_count == len(leases):
            return leased
        mine = {row["_id"] for row in cls.find_rows({"_id": {"$in": [each.id for each in leased]}, "leased_by": ours})}
        return [each for each in leased if each.id in mine]

    @classmethod
    def accepted(cls, taken: Sequence[tuple[Going, str]], now: datetime) -> bool:
        """Note at once that Twilio took these leased attempts, and under which SIDs.

        False when that was not possible for all, as when a receipt was faster: then each is to be noted by itself.
        """
        changes = []
        for each, sid in taken:
            change = raised(each, each.n, MessageState.ACCEPTED, now, sid, None, None)
            if change is None:
                return False
            changes.append(UpdateOne({"_id": each.id, "revision": each.revision}, {**change, "$inc": {"revision": 1}}))
        try:
            return cls.collection().bulk_write(changes, ordered=False).matched_count == len(changes)
        except BulkWriteError as error:
            if any(each["code"] != DUPLICATE_KEY for each in (error.details or {}).get("writeErrors", [{"code": 0}])):
                raise
            return False

    @classmethod
    def awaited_among(cls, ids: Sequence[ObjectId]) -> list[Self]:
        """Return those of these messages for which a later one to the same person waits."""
        where = {"_id": {"$in": list(ids)}, "awaited": True}
        return [cls._from_son(row) for row in cls.find_rows(where, "phone", "lane", "awaited", "status")]


def _with_an_attempt(message: Going, now: datetime) -> Going:
    attempt = {"n": message.n + 1, "state": MessageState.SENDING.value, "started_at": now, "sent_as": SentAs.TEXT.value}
    if message.sender:
        attempt["sender"] = message.sender
    if form := message.form:
        attempt |= {"sent_as": form.sent_as, "text": form.text, "content_sid": form.content_sid}
    return replace(
        message, status=MessageState.SENDING.value, attempts=[*message.attempts, attempt], revision=message.revision + 1
    )
