"""The silence of an address: consent and reachability, changed by one guarded write each, and copied afterwards."""

from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, Self

from mongoengine import DateTimeField, DictField, IntField, ListField, StringField
from pymongo.errors import DuplicateKeyError

from dispatch.models import consent
from dispatch.models.base.record import Record
from dispatch.models.consent import BY_TWILIO, Ground, How, Silence, Which

#: A sweep copies a change to agents and clients if the process that made it has not done so after so many seconds.
COPIED_IN = timedelta(seconds=10)
#: Twilio's error when a person has blocked us.
BLOCKED = 63014
_STATED = Ground(How.PLATFORM)

Row = dict[str, Any]


class Silenced(Record):
    """The consent and the reachability of an address.

    `opted_out_at` exists between STOP and START. `unreachable_at` exists from the moment at which WhatsApp reports that
    the address can't be reached until the person writes or the platform saves the number again. `consents` lists the
    decisions, the latest last: each has `at`, `what` and `how`; if known, also `message` (its id), `word` and `code`.
    `changes` counts the changes of all these; `follow_up_at` exists while the latest one is still to be copied to
    agents and clients.
    """

    phone = StringField(required=True)
    heard_at = DateTimeField()
    opted_out_at = DateTimeField()
    unreachable_at = DateTimeField()
    unreachable_code = IntField()
    consents = ListField(DictField())
    changes = IntField()
    follow_up_at = DateTimeField()

    meta = {"abstract": True}

    @classmethod
    def of(cls, phone: str) -> Self | None:
        """Return the contact with this number. Return None if there is none."""
        return cls.find_first({"phone": phone})

    @classmethod
    def meet(cls, phone: str, now: datetime) -> None:
        """Note that the platform has a person's consent, unless that is noted.

        An opt-out of this address stays: it was made at this address, by whomever.
        """
        unknown = {"phone": phone, "consents.how": {"$ne": How.PLATFORM.value}}
        change = {"$push": {"consents": consent.entry(Which.IN, _STATED, now)}, "$inc": {"changes": 1}}
        with suppress(DuplicateKeyError):  # noted already
            cls.upsert(unknown, change, followed=True)

    @classmethod
    def opt_out(cls, phone: str, at: datetime, ground: Ground = BY_TWILIO) -> Self | None:
        """Stop sending to an address until START, and return the contact. Return None if it is opted out already."""
        return cls._decide(phone, at, Which.OUT, ground, lambda contact: contact.opted_out_at is not None)

    @classmethod
    def opt_in(cls, phone: str, now: datetime, ground: Ground = BY_TWILIO) -> Self | None:
        """Send to an address again, and return the contact. Return None if this message has had its effect already."""
        return cls._decide(
            phone,
            now,
            Which.IN,
            ground,
            lambda contact: (
                ground.message is not None and ground.message in (each.get("message") for each in contact.consents)
            ),
        )

    @classmethod
    def set_unreachable(cls, phone: str, code: int | None, tried_at: datetime, now: datetime) -> Self | None:
        """Note that WhatsApp could not reach an address at `tried_at`, and return the contact.

        Return None if that is noted already, or the person has written since: then they can be reached.
        """
        return cls._change(
            phone,
            now,
            lambda contact: (
                None
                if contact.unreachable_at or (contact.heard_at and contact.heard_at > tried_at)
                else {"unreachable_at": now, "unreachable_code": code}
            ),
        )

    @classmethod
    def set_reachable(cls, phone: str, now: datetime) -> Self | None:
        """Note that an address can be reached, and return the contact. Return None if that was not in doubt."""
        gone = {"unreachable_at": None, "unreachable_code": None}
        return cls._change(phone, now, lambda contact: gone if contact.unreachable_at else None)

    @classmethod
    def take_over(cls, phone: str, entries: Iterable[Row], opted_out_at: datetime | None, now: datetime) -> Self | None:
        """Add decisions that earlier versions saved with agents and clients, and return the contact.

        The latest decision of all counts. Return None if nothing is new. A block (63014), which earlier versions took
        for an opt-out, makes the address unreachable.
        """
        theirs = list(entries)

        def taken(contact: Self) -> Row | None:
            whole = consent.merged(contact.consents, theirs)
            last = consent.decision(contact.consents)
            is_new = opted_out_at is not None and (last is None or last["at"] < opted_out_at)
            if len(whole) == len(contact.consents) and not is_new:
                return None
            return {"consents": consent.kept(whole), **_outcome(whole, opted_out_at if is_new else None, contact)}

        return cls._change(phone, now, taken)

    @classmethod
    def silences_among(cls, phones: Collection[str]) -> dict[str, Silence]:
        """Return by number why nothing is sent to it. Numbers that may be written to are left out."""
        rows = cls.find_rows({"phone": {"$in": list(phones)}}, "phone", *Silence._fields)
        found = {row["phone"]: Silence(*(row.get(name) for name in Silence._fields)) for row in rows}
        return {phone: silence for phone, silence in found.items() if silence.opted_out_at or silence.unreachable_at}

    @classmethod
    def copied(cls, contact: Self) -> bool:
        """Note that a contact's latest change is copied. Return False if there is another one since."""
        same = {"_id": contact.id, "changes": contact.changes}
        return cls.collection().update_one(same, {"$unset": {"follow_up_at": 1}}).matched_count == 1

    @classmethod
    def overdue(cls, now: datetime, limit: int = 500) -> list[str]:
        """Return the numbers whose latest change is still to be copied."""
        return [contact.phone for contact in cls.objects(follow_up_at__lte=now).only("phone").limit(limit)]

    @property
    def silence(self) -> Silence:
        """Why nothing is sent to this address."""
        return Silence(self.opted_out_at, self.unreachable_at, self.unreachable_code)

    @classmethod
    def _decide(
        cls, phone: str, at: datetime, what: Which, ground: Ground, known: Callable[[Self], bool]
    ) -> Self | None:
        def decided(contact: Self) -> Row | None:
            entries = consent.kept([*contact.consents, consent.entry(what, ground, at)])
            silent = {"opted_out_at": at if what == Which.OUT else None}
            return None if known(contact) else {"consents": entries, **silent}

        return cls._change(phone, at, decided)

    @classmethod
    def _change(cls, phone: str, now: datetime, change: Callable[[Self], Row | None]) -> Self | None:
        """Write what `change` makes of a contact, and return the contact. Return None if it changes nothing.

        `change` is called again if another process was faster. A value of None removes the field.
        """
        while True:
            contact = cls.of(phone)
            if contact is None:
                with suppress(DuplicateKeyError):  # another process was faster
                    cls.upsert({"phone": phone}, {"$setOnInsert": {}})
                continue
            fields = change(contact)
            if fields is None:
                return None
            gone = {name: 1 for name, value in fields.items() if value is None}
            fresh = {name: value for name, value in fields.items() if value is not None}
            if not fields.keys().isdisjoint(Silence._fields):
                fresh["follow_up_at"] = now + COPIED_IN
            after = cls.find_and_update(
                {"_id": contact.id, "changes": contact.changes},
                {"$set": fresh, "$inc": {"changes": 1}, **({"$unset": gone} if gone else {})},
            )
            if after:
                return after


def _outcome(entries: Sequence[Row], opted_out_at: datetime | None, contact: Silenced) -> Row:
    """Return the fields that follow from the latest decision, or from an opt-out that is on no list."""
    last = consent.decision(entries)
    if opted_out_at and (last is None or last["at"] < opted_out_at):
        return {"opted_out_at": opted_out_at}
    if last is None or last["what"] == Which.IN:
        return {"opted_out_at": None}
    if last.get("code") != BLOCKED:
        return {"opted_out_at": contact.opted_out_at or last["at"]}
    heard_since = contact.heard_at and contact.heard_at > last["at"]
    block = {} if heard_since else {"unreachable_at": last["at"], "unreachable_code": BLOCKED}
    return {"opted_out_at": None, **block}
