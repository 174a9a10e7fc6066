"""Contacts: a person's number as WhatsApp knows it, whoever they are to us; when they wrote last."""

from collections.abc import Collection
from datetime import datetime

from mongoengine import DateTimeField, StringField

from dispatch.models.base.record import Record


class Contact(Record):
    """A number. `heard_at`: when its latest message arrived; absent also when Twilio says that its window is closed.

    `sender` is which of our numbers they wrote to: the window is between the two.
    """

    phone = StringField(required=True)
    sender = StringField()
    heard_at = DateTimeField()

    meta = {"collection": "contacts", "indexes": [{"fields": ["phone"], "unique": True}]}

    @classmethod
    def heard(cls, phone: str, at: datetime, sender: str | None) -> None:
        """Note that a person has written, and to which of our numbers. Safe to repeat."""
        cls.upsert({"phone": phone}, {"$max": {"heard_at": at}, **({"$set": {"sender": sender}} if sender else {})})

    @classmethod
    def heard_at_among(cls, phones: Collection[str], sender: str) -> dict[str, datetime]:
        """Return when those of these numbers that have written to this sender did so last."""
        rows = cls.find_rows({"phone": {"$in": list(phones)}}, "phone", "heard_at", "sender")
        return {
            row["phone"]: row["heard_at"] for row in rows if "heard_at" in row and row.get("sender") in (None, sender)
        }

    @classmethod
    def senders_among(cls, phones: Collection[str]) -> dict[str, str]:
        """Return which of our numbers those of these people that have written wrote to last."""
        rows = cls.find_rows({"phone": {"$in": list(phones)}}, "phone", "sender")
        return {row["phone"]: row["sender"] for row in rows if "sender" in row}

    @classmethod
    def shut(cls, phone: str, by: datetime) -> None:
        """Note Twilio's word that a person's window was closed by then; what they wrote since opens it again."""
        cls.collection().update_one({"phone": phone, "heard_at": {"$lte": by}}, {"$unset": {"heard_at": 1}})
