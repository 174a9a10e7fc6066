"""Messages, inbound and outbound: the log of all conversations, and the outbox."""

from datetime import datetime, timedelta
from typing import Any

from bson import ObjectId
from mongoengine import DateTimeField, IntField, ObjectIdField, StringField

from dispatch.models.message.batched import Batched
from dispatch.models.message.inbound import Inbound
from dispatch.rules.outbox.attempts import SET_ASIDE
from dispatch.rules.outbox.kinds import OFFER
from dispatch.rules.outbox.states import LOST, MessageState

_EXISTS = {"$exists": True}
_NOT_SENT = [state.value for state in (*LOST, *SET_ASIDE)]
_INBOUND = [MessageState.RECEIVED.value, MessageState.HANDLED.value, MessageState.PARKED.value]


class Message(Inbound, Batched):
    """One message. `phone` is the person's key in both directions: their number, or their user id if none is known.

    `text` was rendered in `language`, from the wording `wording` if the message does not have its kind's own. `plan` is
    the job's plan that the message names; `about` is the agent whom it names to a client; `error` is why it is parked.
    """

    direction = StringField(required=True)
    kind = StringField()
    phone = StringField(required=True)
    agent = ObjectIdField()
    client_id = StringField()
    job = ObjectIdField()
    plan = IntField()
    about = ObjectIdField()
    text = StringField()
    language = StringField()
    wording = StringField()
    status = StringField()
    error_code = IntField()
    error = StringField()
    twilio_sid = StringField()
    next_attempt_at = DateTimeField()
    created_at = DateTimeField()

    meta = {
        "collection": "messages",
        "indexes": [
            {"fields": ["key"], "unique": True, "partialFilterExpression": {"key": _EXISTS}},
            {"fields": ["twilio_sid"], "unique": True, "partialFilterExpression": {"twilio_sid": _EXISTS}},
            {"fields": ["received_at", "id"], "partialFilterExpression": {"unhandled": True}},
            {"fields": ["phone", "received_at", "id"], "partialFilterExpression": {"unhandled": True}},
            {"fields": ["phone", "lane", "id"], "partialFilterExpression": {"next_attempt_at": _EXISTS}},
            {"fields": ["other_sids"], "partialFilterExpression": {"other_sids": _EXISTS}},
            {"fields": ["doubt_at"], "partialFilterExpression": {"doubt_at": _EXISTS}},
            {"fields": ["next_attempt_at"], "partialFilterExpression": {"next_attempt_at": _EXISTS}},
            {"fields": ["agent"], "partialFilterExpression": {"next_attempt_at": _EXISTS}},
            {"fields": ["client_id"], "partialFilterExpression": {"next_attempt_at": _EXISTS}},
            {"fields": ["job", "-id"]},
            {"fields": ["needs_answer", "-id"], "partialFilterExpression": {"needs_answer": True}},
            {"fields": ["phone", "needs_answer", "-id"], "partialFilterExpression": {"needs_answer": True}},
            {"fields": ["job", "needs_answer"], "partialFilterExpression": {"needs_answer": True}},
            {"fields": ["phone", "-id"]},
            {"fields": ["client_id", "-id"]},
            {"fields": ["direction", "status", "-id"]},
            {"fields": ["status", "-id"]},
        ],
    }

    @classmethod
    def by_sid(cls, sid: str | None) -> "Message | None":
        """Return the message that has an attempt with Twilio's SID, or None."""
        return cls.find_first({"$or": [{"twilio_sid": sid}, {"other_sids": sid}]}) if sid else None

    @classmethod
    def find(cls, key: str) -> "Message | None":
        """Return the message with our id, or with Twilio's SID of one of its attempts. Return None if there is none."""
        return cls.get(key) or cls.by_sid(key)

    @classmethod
    def set_phone(cls, old: str, new: str) -> None:
        """Give all messages of a person another key."""
        cls.collection().update_many({"phone": old}, {"$set": {"phone": new}})

    @classmethod
    def written_by(cls, phone: str, since: datetime, limit: int = 20) -> list["Message"]:
        """Return the messages that this number wrote since then, newest first."""
        written = cls.objects(phone=phone, id__gte=made_by(since), direction="inbound").order_by("-id").limit(limit)
        return [message for message in written if message.received_at >= since]

    @classmethod
    def last_sent_to(cls, phone: str, before: datetime, limit: int = 20) -> dict[str, Any] | None:
        """Return `asks` and `job` of the last message that was (or may have been) sent to this number by `before`."""
        recent = cls.find_rows({"phone": phone, "direction": "outbound"}, "attempted_at", "asks", "job", latest=limit)
        sent = (row for row in recent if row.get("attempted_at") and row["attempted_at"] <= before)
        return max(sent, key=lambda row: row["attempted_at"], default=None)

    @classmethod
    def was_written_to(cls, client_id: str) -> bool:
        """Return whether a client was, or will be, sent a message, as far as we know."""
        theirs = {"client_id": client_id, "direction": "outbound", "status": {"$nin": _NOT_SENT}}
        return cls.collection().find_one(theirs, {"_id": 1}) is not None

    @classmethod
    def first_tried(cls, keys: list[str]) -> dict[str, datetime]:
        """Return by key when each of these messages was first tried. Messages without an attempt are left out."""
        tried = {"key": {"$in": keys}, "attempted_at": {"$ne": None}}
        rows = cls.find_rows(tried, "key", "attempted_at", "attempts.started_at")
        return {row["key"]: min(row["attempted_at"], row["attempts"][0]["started_at"]) for row in rows}

    @classmethod
    def last_of_kind(cls, phone: str, kinds: list[str], since: datetime) -> "Message | None":
        """Return the latest message of these kinds that was written for this number since then."""
        recent = made_by(since)  # otherwise a kind that was never sent is looked for in all messages of the number
        return cls.objects(phone=phone, id__gte=recent, kind__in=kinds, created_at__gte=since).order_by("-id").first()

    @classmethod
    def any_offer(
        cls,
        job: ObjectId,
        which: dict[str, Any],
        since: datetime,
        before: datetime | None = None,
        besides: ObjectId | None = None,
    ) -> bool:
        """Return whether there is an offer of a job, written since then and before then, that matches `which`.

        `besides`: not this message.
        """
        written = {"$gte": since, **({"$lt": before} if before else {})}
        ids = {"$gte": made_by(since), **({"$ne": besides} if besides else {})}
        offers = {"job": job, "_id": ids, "kind": OFFER.name, "direction": "outbound", "created_at": written}
        return cls.find_first({**offers, **which}, [("_id", -1)]) is not None

    @classmethod
    def last_arrival(cls) -> datetime | None:
        """Return the arrival of the inbound message that was saved last. Return None if there is none."""
        last = cls.objects(direction="inbound", status__in=_INBOUND).order_by("-id").only("received_at").first()
        return last and last.received_at

    @classmethod
    def arrivals(cls, sids: list[str]) -> dict[str, datetime | None]:
        """Return by SID when these inbound messages arrived. Unknown SIDs are left out."""
        rows = cls.find_rows({"twilio_sid": {"$in": sids}}, "twilio_sid", "received_at")
        return {row["twilio_sid"]: row.get("received_at") for row in rows}

    @classmethod
    def by_keys(cls, keys: list[str]) -> dict[str, Any]:
        """Return the messages that have these keys, by key."""
        return {message.key: message for message in cls.objects(key__in=keys)}


def made_by(moment: datetime) -> ObjectId:
    """Return the lowest id that a row made since `moment` can have: 5 minutes less, for differences of clocks."""
    return ObjectId.from_datetime(moment - timedelta(minutes=5))
