"""Clients: the people who want to see a property. The platform's client_id identifies them, not their phone."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from mongoengine import DateTimeField, StringField

from dispatch.models import consent
from dispatch.models.consent import BY_TWILIO, Consenting, Ground, Which
from dispatch.rules import phones


class Client(Consenting):
    """A client as last posted by the platform. Two clients may share a number."""

    client_id = StringField(required=True)
    name = StringField(required=True)
    phone = StringField(required=True)
    email = StringField()
    language = StringField()
    opted_out_at = DateTimeField()
    unreachable_at = DateTimeField()
    created_at = DateTimeField()
    updated_at = DateTimeField()

    meta = {
        "collection": "clients",
        "indexes": [{"fields": ["client_id"], "unique": True}, {"fields": ["phone"]}],
    }

    @classmethod
    def remember(cls, details: dict[str, Any], now: datetime) -> bool:
        """Save the client as posted, before their job is saved. A later post overwrites an earlier one.

        Return whether the client is new.
        """
        made = cls.upsert(
            {"client_id": details["client_id"]},
            {
                "$set": {**details, "updated_at": now},
                "$setOnInsert": {"created_at": now, "consents": consent.first(now)},
            },
            followed=True,
        )
        return made.upserted_id is not None

    @classmethod
    def known(cls, client_id: str) -> "Client | None":
        """Return the client with this client_id. Return None if there is none."""
        return cls.find_first({"client_id": client_id})

    @classmethod
    def change(cls, client_id: str, given: dict[str, Any], now: datetime) -> "Client | None":
        """Change the details that are given, and return the client. Return None if there is none.

        A number that the platform has given is tried again.
        """
        fresh = {**given, "updated_at": now} | ({"unreachable_at": None} if "phone" in given else {})
        return cls.find_and_update({"client_id": client_id}, {"$set": fresh})

    @classmethod
    def by_phone(cls, phone: str) -> "Client | None":
        """Return the client who used this number last. Return None if there is none."""
        return cls.find_first({"phone": {"$in": phones.forms_of(phone)}}, [("updated_at", -1)])

    @classmethod
    def set_phone(cls, old: str, new: str) -> None:
        """Give the clients with a key another key."""
        cls.collection().update_many({"phone": old}, {"$set": {"phone": new}})

    @classmethod
    def opt_out(cls, phone: str, now: datetime, ground: Ground = BY_TWILIO) -> None:
        """Stop sending to the clients with this number."""
        silent = {"$set": {"opted_out_at": now}, **consent.noted(Which.OUT, ground, now)}
        cls.collection().update_many({"phone": phone, "opted_out_at": None}, silent)

    @classmethod
    def opt_in(cls, phone: str, now: datetime, ground: Ground = BY_TWILIO) -> None:
        """Send again to the clients with this number."""
        change = {"$unset": {"opted_out_at": 1}, **consent.noted(Which.IN, ground, now)}
        cls.collection().update_many({"phone": phone, **consent.unless_noted(ground)}, change)

    @classmethod
    def is_opted_out(cls, phone: str) -> bool:
        """Return whether a client with this number has opted out."""
        return cls.objects(phone=phone, opted_out_at__ne=None).first() is not None

    @classmethod
    def set_unreachable(cls, phone: str, now: datetime | None) -> None:
        """Note since when WhatsApp can't reach this number. None: the client has written, so it can."""
        cls.objects(phone=phone).update(set__unreachable_at=now)

    @classmethod
    def silent_among(cls, keys: Sequence[str]) -> set[str]:
        """Return the keys among these whose client has opted out or can't be reached."""
        forms = phones.keys_by_form(keys)
        rows = cls.find_rows({"phone": {"$in": list(forms)}}, "phone", "opted_out_at", "unreachable_at")
        return {forms[row["phone"]] for row in rows if row.get("opted_out_at") or row.get("unreachable_at")}

    @property
    def unreachable(self) -> bool:
        """Whether WhatsApp reported that the number can't be reached, and the client has not written since."""
        return self.unreachable_at is not None

    @property
    def opted_out(self) -> bool:
        """Whether nothing is sent to this client."""
        return Client.is_opted_out(self.phone)
