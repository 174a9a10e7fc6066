"""Clients: the people who want to see a property. The platform's client_id identifies them, not their phone."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from mongoengine import DateTimeField, StringField

from dispatch.models.consent import Consenting, Silence
from dispatch.rules import phones


class Client(Consenting):
    """A client as last posted by the platform. Two clients may share a number."""

    client_id = StringField(required=True)
    name = StringField(required=True)
    phone = StringField(required=True)
    email = StringField()
    language = StringField()
    created_at = DateTimeField()
    updated_at = DateTimeField()

    meta = {
        "collection": "clients",
        "indexes": [
            {"fields": ["client_id"], "unique": True},
            {"fields": ["phone"]},
        ],
    }

    @classmethod
    def remember(cls, details: dict[str, Any], now: datetime) -> str | None:
        """Save the client as posted, before their job is saved. A later post overwrites an earlier one.

        Return the number that the client had before. Return None if the client is new.
        """
        change = {"$set": {**details, "updated_at": now}, "$setOnInsert": {"created_at": now}}
        before = cls.replace_or_insert({"client_id": details["client_id"]}, change)
        return before["phone"] if before else None

    @classmethod
    def known(cls, client_id: str) -> "Client | None":
        """Return the client with this client_id. Return None if there is none."""
        return cls.find_first({"client_id": client_id})

    @classmethod
    def change(cls, client_id: str, given: dict[str, Any], now: datetime) -> "Client | None":
        """Change the details that are given, and return the client. Return None if there is none."""
        fresh = {**given, "updated_at": now}
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
    def with_phone(cls, phone: str) -> list["Client"]:
        """Return the clients who have this number."""
        return list(cls.objects(phone__in=phones.forms_of(phone)))

    @classmethod
    def phones(cls, client_ids: Iterable[str]) -> dict[str, str]:
        """Return these clients' numbers by client_id."""
        ids = list(client_ids)
        rows = cls.find_rows({"client_id": {"$in": ids}}, "client_id", "phone") if ids else ()
        return {row["client_id"]: row["phone"] for row in rows}

    @classmethod
    def copy_silence(cls, phone: str, silence: Silence) -> None:
        """Copy the silence of an address to the clients who have this number."""
        fields = {"opted_out_at": silence.opted_out_at, "unreachable_at": silence.unreachable_at}
        gone = {name: 1 for name, value in fields.items() if value is None}
        fresh = {name: value for name, value in fields.items() if value is not None}
        differ = {"$or": [{name: {"$ne": value}} for name, value in fields.items()]}
        change = {"$set": {**fresh, "silence_of": phone}, **({"$unset": gone} if gone else {})}
        cls.collection().update_many({"phone": {"$in": phones.forms_of(phone)}, **differ}, change)

    @classmethod
    def silent_among(cls, keys: Sequence[str]) -> set[str]:
        """Return the keys among these that an earlier version has saved as opted out or unreachable."""
        forms = phones.keys_by_form(keys)
        theirs = {"phone": {"$in": list(forms)}, "silence_of": None}
        rows = cls.find_rows(theirs, "phone", "opted_out_at", "unreachable_at")
        return {forms[row["phone"]] for row in rows if row.get("opted_out_at") or row.get("unreachable_at")}

    @property
    def unreachable(self) -> bool:
        """Whether WhatsApp can't reach the client's number."""
        return self.unreachable_at is not None

    @property
    def opted_out(self) -> bool:
        """Whether nothing is sent to this client."""
        return self.opted_out_at is not None
