"""Batches: messages that are sent together, leased in one write before their POSTs and updated in one write after."""

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

#: Called with the id of a message that made our code fail, and the error.
ReportBroken = Callable[[ObjectId, Exception], None]


@dataclass(frozen=True, slots=True)
class Form:
    """A content by which a message is sent: its rendered text, and the values of its variables by number."""

    sent_as: str
    text: str
    content_sid: str
    variables: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message that is about to be sent, as it was read or leased.

    `form`: the content by which it is sent; None for free text. `sender`: our number. `to`: the number or user id that
    reaches the person; "": the key itself. `until`: when it is too late.
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
    to: str = ""
    until: datetime | None = None

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> "Outgoing":
        """Return a message from MongoDB's row."""
        return cls(row["_id"], **{name: row[name] for name in FIELDS if name in row})

    @property
    def n(self) -> int:
        """The number of the latest attempt."""
        return len(self.attempts)


FIELDS = tuple(name for name in Outgoing.__slots__ if name not in ("id", "form", "sender", "to", "until"))


class Batched(Attempted):
    """Queries for batches. `leased_by`: the batch that leased the message last."""

    leased_by = ObjectIdField()

    meta = {"abstract": True}

    @classmethod
    def ready_to_send(cls, ids: Sequence[ObjectId], now: datetime, broken: ReportBroken) -> list[Outgoing]:
        """Return those of these messages that are due to be sent, in order. An incomplete row goes to `broken`."""
        found = {}
        for row in cls.find_rows({"_id": {"$in": list(ids)}, **ripe(now)}, *FIELDS):
            try:
                found[row["_id"]] = Outgoing.of(row)
            except TypeError as error:
                broken(row["_id"], error)
        return [found[id_] for id_ in ids if id_ in found]

    @classmethod
    def lease(cls, batch: Sequence[Outgoing], now: datetime) -> list[Outgoing]:
        """Lease these messages, each for one POST; return those that no other worker leased, with their new attempts.

        An attempt is saved before its request is sent. A message that was readdressed since it was read is left out.
        """
        ours = ObjectId()
        leased = [_with_an_attempt(each, now) for each in batch]
        leases = [
            UpdateOne(
                {"_id": each.id, "phone": each.phone, "attempts": {"$size": each.n - 1}, **ripe(now)},
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
    def accepted(cls, taken: Sequence[tuple[Outgoing, str]], now: datetime) -> bool:
        """Save in one write that Twilio accepted these leased attempts, with their SIDs.

        Return False if that was not possible for all of them, for example as a receipt was faster: then the caller
        saves each by itself.
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
        """Return those of these messages for which a later message to the same person waits."""
        where = {"_id": {"$in": list(ids)}, "awaited": True}
        return [cls._from_son(row) for row in cls.find_rows(where, "phone", "lane", "awaited", "status")]


def _with_an_attempt(message: Outgoing, now: datetime) -> Outgoing:
    to = message.to or message.phone
    attempt = {"n": message.n + 1, "state": MessageState.SENDING.value, "started_at": now, "to": to}
    attempt["sent_as"] = SentAs.TEXT.value
    if message.sender:
        attempt["sender"] = message.sender
    if form := message.form:
        attempt |= {"sent_as": form.sent_as, "text": form.text, "content_sid": form.content_sid}
    return replace(
        message, status=MessageState.SENDING.value, attempts=[*message.attempts, attempt], revision=message.revision + 1
    )
