"""Clients: the people who want to see a property; known by the platform's client_id, not by phone."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from mongoengine import DateTimeField, StringField

from dispatch.models import consent
from dispatch.models.consent import BY_TWILIO, Consenting, Ground, Which


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
        """Keep the client as posted, with a job to follow; a later post overwrites an earlier one.

        Returns whether nobody knew them before.
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
        """Return the client whom the platform knows by this id."""
        return cls.find_first({"client_id": client_id})

    @classmethod
    def replace(cls, client_id: str, details: dict[str, Any], now: datetime) -> "Client | None":
        """Replace what is known of a client, but for the silence they asked for; None when nobody has this id."""
        fresh = {"email": None, "language": None, "unreachable_at": None, **details, "updated_at": now}
        return cls.find_and_update({"client_id": client_id}, {"$set": fresh})

    @classmethod
    def by_phone(cls, phone: str) -> "Client | None":
        """Return the client who used this number last."""
        return cls.find_first({"phone": phone}, [("updated_at", -1)])

    @classmethod
    def opt_out(cls, phone: str, now: datetime, ground: Ground = BY_TWILIO) -> None:
        """Stop sending to whoever has this number."""
        silent = {"$set": {"opted_out_at": now}, **consent.noted(Which.OUT, ground, now)}
        cls.collection().update_many({"phone": phone, "opted_out_at": None}, silent)

    @classmethod
    def opt_in(cls, phone: str, now: datetime, ground: Ground = BY_TWILIO) -> None:
        """Send again to whoever has this number."""
        heard = {"$unset": {"opted_out_at": 1}, **consent.noted(Which.IN, ground, now)}
        cls.collection().update_many({"phone": phone, **consent.unless_noted(ground)}, heard)

    @classmethod
    def is_opted_out(cls, phone: str) -> bool:
        """Tell whether a client with this number asked for silence."""
        return cls.objects(phone=phone, opted_out_at__ne=None).first() is not None

    @classmethod
    def set_unreachable(cls, phone: str, now: datetime | None) -> None:
        """Note that WhatsApp can't reach this number; None: that it can, as they have written."""
        cls.objects(phone=phone).update(set__unreachable_at=now)

    @classmethod
    def silent_among(cls, phones: Sequence[str]) -> set[str]:
        """Return those of these numbers at which a client asked for silence, or can't be reached."""
        rows = cls.find_rows({"phone": {"$in": list(phones)}}, "phone", "opted_out_at", "unreachable_at")
        return {row["phone"] for row in rows if row.get("opted_out_at") or row.get("unreachable_at")}

    @property
    def unreachable(self) -> bool:
        """Whether WhatsApp said that their number can't be reached, and they have not written since."""
        return self.unreachable_at is not None

    @property
    def opted_out(self) -> bool:
        """Whether nothing is sent to this client."""
        return Client.is_opted_out(self.phone)
