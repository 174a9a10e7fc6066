"""Contacts: everybody who wrote to us or whom we write to, one row a person, with what reaches them on WhatsApp."""

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any

from mongoengine import DateTimeField, StringField

from dispatch.models.silenced import Silenced
from dispatch.rules import phones

_EXISTS = {"$exists": True}
#: Fields that lead to an address, in the order in which they are tried.
_ADDRESSES = ("address", "posted", "phone")
#: Fields that belong to one key only.
_OWN = ("phone", "address", "posted", "user_id", "parent_id", "wa_id", "linked_at")
#: Fields of the consent, which is merged by its decisions.
_CONSENT = ("consents", "opted_out_at", "changes", "follow_up_at")


class Contact(Silenced):
    """A person. `phone` is the key: the number that is dialled, or the user id of a person whose number is unknown.

    - `heard_at`: when their latest message arrived. Absent before the first message, and while Twilio says that
      WhatsApp's window is closed.
    - `sender`: the number of ours to which they wrote; the window is between the two.
    - `address`: the number or the user id that they wrote from last, as WhatsApp writes it.
    - `posted`: the form in which the platform posted the number, if it is another one than the key.
    - `user_id`, `parent_id`, `wa_id`: the ids that Twilio gave with their number.
    - `linked_at`: when a code or a reply to a message of ours linked the user id to the number. Without this, Twilio
      gave the two together.
    """

    sender = StringField()
    address = StringField()
    posted = StringField()
    user_id = StringField()
    parent_id = StringField()
    wa_id = StringField()
    linked_at = DateTimeField()

    meta = {
        "collection": "contacts",
        "indexes": [
            {"fields": ["phone"], "unique": True},
            {"fields": ["user_id"], "unique": True, "partialFilterExpression": {"user_id": _EXISTS}},
            {"fields": ["parent_id"], "partialFilterExpression": {"parent_id": _EXISTS}},
            {"fields": ["follow_up_at"], "partialFilterExpression": {"follow_up_at": _EXISTS}},
        ],
    }

    @classmethod
    def record_message(cls, phone: str, at: datetime, sender: str | None, **known: str | None) -> None:
        """Save when a person wrote, to which of our numbers, and what is known of their addresses.

        A repeat changes nothing. Raises DuplicateKeyError if somebody else has the user id.
        """
        facts = {"sender": sender, **known}
        fresh = {name: value for name, value in facts.items() if value}
        cls.upsert({"phone": phone}, {"$max": {"heard_at": at}, **({"$set": fresh} if fresh else {})})

    @classmethod
    def set_known(cls, phone: str, **known: Any) -> None:
        """Save what is known of a person's addresses. Raises DuplicateKeyError if somebody else has the user id."""
        cls.upsert({"phone": phone}, {"$set": {name: value for name, value in known.items() if value}})

    @classmethod
    def set_posted(cls, phone: str) -> None:
        """Save the form in which the platform posted a number, if the number has several."""
        if isinstance(phone, phones.PostedNumber) and len(phones.forms_of(phone)) > 1:
            cls.upsert({"phone": phone}, {"$set": {"posted": phone.written}})

    @classmethod
    def of_ids(cls, user_id: str | None, parent_id: str | None = None) -> "Contact | None":
        """Return the person with this user id, or else with this parent id. Return None if there is none."""
        by_id = cls.find_first({"user_id": user_id}) if user_id else None
        return by_id or (cls.find_first({"parent_id": parent_id}) if parent_id else None)

    @classmethod
    def drop_id(cls, phone: str, user_id: str) -> None:
        """Take a user id from a person: it is somebody else's."""
        gone = {"user_id": 1, "parent_id": 1, "linked_at": 1}
        cls.collection().update_one({"phone": phone, "user_id": user_id}, {"$unset": gone})
        cls.collection().update_one({"phone": phone, "address": user_id}, {"$unset": {"address": 1}})

    @classmethod
    def merge(cls, old: str, new: str) -> None:
        """Make one row of two, as they are one person: `new` keeps its facts, and takes those that it lacks.

        The ids and addresses of `old` are left out: the caller knows better ones.
        """
        row = cls.collection().find_one({"phone": old})
        if row is None:
            return
        cls.upsert({"phone": new}, {"$max": {"heard_at": row["heard_at"]}} if "heard_at" in row else {})
        cls.take_over(new, row.get("consents", ()), row.get("opted_out_at"), datetime.now(UTC))
        for name in row.keys() - {"_id", "schema_version", "heard_at", *_OWN, *_CONSENT}:
            cls.collection().update_one({"phone": new, name: {"$exists": False}}, {"$set": {name: row[name]}})
        cls.collection().delete_one({"phone": old})

    @classmethod
    def among(cls, keys: Collection[str]) -> dict[str, dict[str, Any]]:
        """Return by key the rows of these people, as far as there are any."""
        rows = cls.find_rows({"phone": {"$in": list(keys)}}, "heard_at", "sender", *_ADDRESSES)
        return {row["phone"]: row for row in rows}

    @classmethod
    def senders_among(cls, keys: Collection[str]) -> dict[str, str]:
        """Return by key the number of ours to which each wrote last. People who never wrote are left out."""
        rows = cls.find_rows({"phone": {"$in": list(keys)}}, "phone", "sender")
        return {row["phone"]: row["sender"] for row in rows if "sender" in row}

    @classmethod
    def close_window(cls, phone: str, by: datetime) -> None:
        """Close a person's window, which was closed at `by` as Twilio says. A later message keeps the window open."""
        cls.collection().update_one({"phone": phone, "heard_at": {"$lte": by}}, {"$unset": {"heard_at": 1}})


def heard_by(row: dict[str, Any] | None, sender: str) -> datetime | None:
    """Return when a person wrote to this sender last. Return None if they never did."""
    return row.get("heard_at") if row and row.get("sender") in (None, sender) else None


def address_of(row: dict[str, Any] | None) -> str | None:
    """Return the number or the user id that reaches a person. Return None if nothing but the key is known."""
    return next((row[name] for name in _ADDRESSES if row.get(name)), None) if row else None
