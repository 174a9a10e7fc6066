"""Contacts: the phone numbers of agents, clients and strangers, and when each wrote last."""

from collections.abc import Collection
from datetime import datetime

from mongoengine import DateTimeField, StringField

from dispatch.models.base.record import Record


class Contact(Record):
    """A phone number.

    `heard_at`: when its latest message arrived. The field is absent before the first message, and while Twilio says
    that WhatsApp's window is closed. `sender`: the number of ours to which the person wrote; the window is between the
    two numbers.
    """

    phone = StringField(required=True)
    sender = StringField()
    heard_at = DateTimeField()

    meta = {"collection": "contacts", "indexes": [{"fields": ["phone"], "unique": True}]}

    @classmethod
    def record_message(cls, phone: str, at: datetime, sender: str | None) -> None:
        """Save when a person wrote, and to which of our numbers. A repeat changes nothing."""
        cls.upsert({"phone": phone}, {"$max": {"heard_at": at}, **({"$set": {"sender": sender}} if sender else {})})

    @classmethod
    def heard_at_among(cls, phones: Collection[str], sender: str) -> dict[str, datetime]:
        """Return by number when each wrote to this sender last. Numbers that never did are left out."""
        rows = cls.find_rows({"phone": {"$in": list(phones)}}, "phone", "heard_at", "sender")
        return {
            row["phone"]: row["heard_at"] for row in rows if "heard_at" in row and row.get("sender") in (None, sender)
        }

    @classmethod
    def senders_among(cls, phones: Collection[str]) -> dict[str, str]:
        """Return by number the number of ours to which each wrote last. Numbers that never wrote are left out."""
        rows = cls.find_rows({"phone": {"$in": list(phones)}}, "phone", "sender")
        return {row["phone"]: row["sender"] for row in rows if "sender" in row}

    @classmethod
    def close_window(cls, phone: str, by: datetime) -> None:
        """Close a person's window, which was closed at `by` as Twilio says. A later message keeps the window open."""
        cls.collection().update_one({"phone": phone, "heard_at": {"$lte": by}}, {"$unset": {"heard_at": 1}})
