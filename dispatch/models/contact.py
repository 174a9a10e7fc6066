"""Contacts: a person's number as WhatsApp knows it, whoever they are to us; when they wrote last."""

from collections.abc import Collection
from datetime import datetime

from mongoengine import DateTimeField, StringField

from dispatch.models.record import Record


class Contact(Record):
    """A number. `heard_at`: when its latest message arrived; absent also when Twilio says that its window is closed."""

    phone = StringField(required=True)
    heard_at = DateTimeField()

    meta = {"collection": "contacts", "indexes": [{"fields": ["phone"], "unique": True}]}

    @classmethod
    def heard(cls, phone: str, at: datetime) -> None:
        """Note that a person has written. Safe to repeat, in any order."""
        cls.put({"phone": phone}, {"$max": {"heard_at": at}})

    @classmethod
    def heard_at_among(cls, phones: Collection[str]) -> dict[str, datetime]:
        """Return when those of these numbers that have written did so last."""
        rows = cls.rows({"phone": {"$in": list(phones)}}, "phone", "heard_at")
        return {row["phone"]: row["heard_at"] for row in rows if "heard_at" in row}

    @classmethod
    def shut(cls, phone: str, by: datetime) -> None:
        """Note Twilio's word that a person's window was closed by then; what they wrote since opens it again."""
        cls.collection().update_one({"phone": phone, "heard_at": {"$lte": by}}, {"$unset": {"heard_at": 1}})
