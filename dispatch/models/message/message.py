"""Messages: everything that was said to a person or by one, the log and the outbox at once."""

from datetime import datetime, timedelta
from typing import Any

from bson import ObjectId
from mongoengine import DateTimeField, IntField, ObjectIdField, StringField

from dispatch.models.message.batched import Batched
from dispatch.models.message.inbound import Inbound
from dispatch.rules.outbox.states import MessageState

_EXISTS = {"$exists": True}
_HEARD = [MessageState.RECEIVED.value, MessageState.HANDLED.value, MessageState.PARKED.value]


class Message(Inbound, Batched):
    """One message. `phone` is the person's canonical number, whichever the direction.

    `language` and `wording` (where it is not the kind) are the catalogue's, from which `text` was rendered.
    `plan` is the job's as the message tells it; `about` is the agent whom it names to a client; `error` is why it is
    parked.
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
            {"fields": ["job", "-id"]},
            {"fields": ["phone", "-id"]},
            {"fields": ["client_id", "-id"]},
            {"fields": ["direction", "status", "-id"]},
            {"fields": ["status", "-id"]},
        ],
    }

    @classmethod
    def by_sid(cls, sid: str | None) -> "Message | None":
        """Return the message with Twilio's SID, be it that of an attempt which does not speak for it any more."""
        return cls.find_first({"$or": [{"twilio_sid": sid}, {"other_sids": sid}]}) if sid else None

    @classmethod
    def find(cls, key: str) -> "Message | None":
        """Return the message with our id, or with Twilio's SID for an attempt at it."""
        return cls.get(key) or cls.by_sid(key)

    @classmethod
    def heard_from(cls, phone: str, since: datetime, limit: int = 20) -> list["Message"]:
        """Return what this number has written since then, newest first."""
        heard = cls.objects(phone=phone, id__gte=made_by(since), direction="inbound").order_by("-id").limit(limit)
        return [message for message in heard if message.received_at >= since]

    @classmethod
    def last_said_to(cls, phone: str, before: datetime, limit: int = 20) -> dict[str, Any] | None:
        """Return what was sent (or may have been) last to this number by `before`: what it `asks`, of which `job`."""
        recent = cls.find_rows({"phone": phone, "direction": "outbound"}, "attempted_at", "asks", "job", latest=limit)
        sent = (row for row in recent if row.get("attempted_at") and row["attempted_at"] <= before)
        return max(sent, key=lambda row: row["attempted_at"], default=None)

    @classmethod
    def first_tried(cls, keys: list[str]) -> dict[str, datetime]:
        """Return when these messages were first tried, by key; those never tried are left out."""
        tried = {"key": {"$in": keys}, "attempted_at": {"$ne": None}}
        rows = cls.find_rows(tried, "key", "attempted_at", "attempts.started_at")
        return {row["key"]: min(row["attempted_at"], row["attempts"][0]["started_at"]) for row in rows}

    @classmethod
    def last_of_kind(cls, phone: str, kinds: list[str], since: datetime) -> "Message | None":
        """Return the latest message of these kinds that was written for this number since then."""
        recent = made_by(since)  # else a kind never sent would be looked for in all that was ever said
        return cls.objects(phone=phone, id__gte=recent, kind__in=kinds, created_at__gte=since).order_by("-id").first()

    @classmethod
    def last_arrival(cls) -> datetime | None:
        """Return when the inbound message that was saved last arrived; None when there is none."""
        heard = cls.objects(direction="inbound", status__in=_HEARD).order_by("-id").only("received_at").first()
        return heard and heard.received_at

    @classmethod
    def arrivals(cls, sids: list[str]) -> dict[str, datetime | None]:
        """Return when the inbound messages with these SIDs arrived; those that we do not have are left out."""
        rows = cls.find_rows({"twilio_sid": {"$in": sids}}, "twilio_sid", "received_at")
        return {row["twilio_sid"]: row.get("received_at") for row in rows}

    @classmethod
    def by_keys(cls, keys: list[str]) -> dict[str, Any]:
        """Return messages by their key."""
        return {message.key: message for message in cls.objects(key__in=keys)}


def made_by(moment: datetime) -> ObjectId:
    """Return an id that no row made since then is below: ids grow with time, give or take the hosts' clocks."""
    return ObjectId.from_datetime(moment - timedelta(minutes=5))
