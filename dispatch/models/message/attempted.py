"""Attempts to send a message: the state of each only rises, and the best attempt decides the message's state."""

from datetime import datetime
from typing import Any, Self

from bson import ObjectId
from mongoengine import ListField, StringField
from pymongo.errors import DuplicateKeyError

from dispatch.models.message.doubted import Doubted, doubt
from dispatch.models.message.ordered import Ordered
from dispatch.models.message.outbound import MAX_MISHAPS
from dispatch.rules.outbox import attempts
from dispatch.rules.outbox.states import TAKEN, MessageState, rises

#: The outcome of a POST is unknown after so many seconds: longer than all time-outs of the client together.
SENDING_SECONDS = 20
DIED_TOO_OFTEN = "the worker died each time it was sent"


class Attempted(Ordered, Doubted):
    """The attempts to send an outbound message; every write to `attempts` raises the message's `revision`.

    `other_sids`: the SIDs of the attempts that do not decide the message's state.
    """

    other_sids = ListField(StringField())

    meta = {"abstract": True}

    @classmethod
    def outcome(cls, message_id: ObjectId, n: int, state: MessageState, now: datetime, *, sid: str | None = None,
                error_code: int | None = None, again_at: datetime | None = None,
                known: Any = None, died: bool = False) -> Self | None:  # fmt: skip
        """Raise attempt `n` to `state`, and set the message's own state by its best attempt.

        The write compares `revision` and is repeated if a receipt was faster. `again_at`: when an unknown attempt is
        looked up, or a failed one is tried again (then the message is queued). `known`: the message as just read, to
        save reading it again. `died`: no worker reported an outcome before the lease ended; too many of these park the
        message. Return the message after the write. Return None if the state is not new.
        """
        while True:
            message, known = known or cls.find_first({"_id": message_id}), None
            if message is None or not 0 < n <= len(message.attempts):
                return None
            change = raised(message, n, state, now, sid, error_code, again_at)
            if change is None:
                return None
            change["$inc"] = {"revision": 1, "mishaps": 1} if died else {"revision": 1}
            try:
                after = cls.find_and_update({"_id": message_id, "revision": message.revision}, change)
            except DuplicateKeyError:
                if not (sid and cls._take_sid_back(sid, message_id, now)):
                    raise
                continue
            if after:
                return after

    @classmethod
    def raise_by_receipt(cls, message_id: ObjectId, sid: str, state: MessageState, now: datetime) -> bool:
        """Raise the state of a message with one accepted attempt in a single write. Return False in any other case.

        The write is the same as that of `outcome`. Nearly all receipts are of this case, and most requests to the web
        process are receipts.
        """
        below = [each.value for each in TAKEN if rises(each, state)]
        shows, lacks = doubt(state.value, "", now)
        result = cls.collection().update_one(
            {
                "_id": message_id, "twilio_sid": sid, "status": {"$in": below}, "awaited": {"$ne": True},
                "attempts": {"$size": 1}, "attempts.0.sid": sid, "attempts.0.state": {"$in": below},
            },
            {
                "$set": {
                    "status": state.value, f"{state.value}_at": now, **shows,
                    "attempts.0.state": state.value, f"attempts.0.{state.value}_at": now,
                },
                "$unset": lacks,
                "$inc": {"revision": 1},
            },
        )  # fmt: skip
        return result.matched_count == 1

    @classmethod
    def _take_sid_back(cls, sid: str, message_id: ObjectId, now: datetime) -> bool:
        """Take a SID back from another message with the same text, to which a look-up had given it by guessing.

        The state of the other message is unknown again, so it is looked up again.
        """
        unknown = {"status": MessageState.UNKNOWN.value, "next_attempt_at": now, "not_before": now, "look_ups": 0}
        result = cls.collection().update_one(
            {"twilio_sid": sid, "direction": "outbound", "_id": {"$ne": message_id}},
            {
                "$set": {**unknown, "attempts.$[held].state": MessageState.UNKNOWN.value},
                "$unset": {"twilio_sid": 1, "attempts.$[held].sid": 1, "doubt_at": 1, "doubtful": 1},
                "$inc": {"revision": 1},
            },
            array_filters=[{"held.sid": sid}],
        )
        return result.matched_count == 1

    @classmethod
    def lease_look_up(cls, message_id: ObjectId, now: datetime, again_at: datetime) -> Self | None:
        """Lease an unknown message for a look-up. Return None if no look-up is due, or another worker has the lease."""
        return cls.find_and_update(
            {"_id": message_id, "status": MessageState.UNKNOWN.value, "not_before": {"$lte": now}},
            {"$set": {"not_before": again_at, "next_attempt_at": again_at}},
        )

    @classmethod
    def count_empty_look_up(cls, message: Self) -> None:
        """Count a look-up at Twilio that found nothing."""
        cls.collection().update_one({"_id": message.id, "revision": message.revision}, {"$inc": {"look_ups": 1}})


def raised(message: Any, n: int, state: MessageState, now: datetime, sid: str | None, error_code: int | None,
           again_at: datetime | None) -> dict[str, Any] | None:  # fmt: skip
    """Return the update that raises attempt `n` of a message to `state`. Return None if the state is not new."""
    after = attempts.raised(message.attempts, n, state, now, sid, error_code)
    if after is None:
        return None
    shown = attempts.summary(after, n, state, before=message.status, again=again_at is not None)
    again = state == MessageState.NOT_FOUND and shown["status"] == MessageState.QUEUED
    if again and (message.mishaps or 0) >= MAX_MISHAPS:
        shown |= {"status": MessageState.PARKED.value, "error": DIED_TOO_OFTEN}
    shows, lacks = doubt(shown["status"], message.status, now)
    shows |= {name: value for name, value in shown.items() if value is not None}
    # A SID once known stays: no two messages may have a null one.
    lacks |= {name: 1 for name, value in shown.items() if value is None and name != "twilio_sid"}
    others = [each["sid"] for each in after if each.get("sid") not in (None, shown["twilio_sid"] or message.twilio_sid)]
    if others:
        shows["other_sids"] = others
    if shown["status"] not in attempts.UNFINISHED:
        lacks |= {"next_attempt_at": 1, "not_before": 1}
    elif again_at is not None and attempts.decisive(after)["n"] == n:
        shows |= {"next_attempt_at": again_at, "not_before": again_at}
    return {"$set": {"attempts": after, **shows}, "$unset": lacks}
