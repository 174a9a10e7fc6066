"""The record of a run: the database as it is in the end, what phones received, what was said and asked, what broke."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from pymongo import MongoClient

from sandbox.twilio import Message as Delivered
from tests.chaos.desk import Outage
from tests.chaos.people import Posted, Spoken

Row = dict[str, Any]


@dataclass
class Record:
    """Everything that the checks look at; rows are MongoDB's own, so that no code of ours stands between."""

    ended_at: datetime
    jobs: list[Row] = field(default_factory=list)
    offers: list[Row] = field(default_factory=list)
    messages: list[Row] = field(default_factory=list)
    timers: list[Row] = field(default_factory=list)
    agents: list[Row] = field(default_factory=list)
    delivered: list[Delivered] = field(default_factory=list)
    spoken: list[Spoken] = field(default_factory=list)
    posted: list[Posted] = field(default_factory=list)
    outages: list[Outage] = field(default_factory=list)
    rescued: int = 0
    unlawful: list[dict[str, str]] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    deaths: dict[str, int] = field(default_factory=dict)

    @cached_property
    def job_by_id(self) -> dict[Any, Row]:
        """Jobs by id."""
        return {job["_id"]: job for job in self.jobs}

    @cached_property
    def offer_by_id(self) -> dict[Any, Row]:
        """Offers by id."""
        return {offer["_id"]: offer for offer in self.offers}

    @cached_property
    def heard_by_sid(self) -> dict[str, Row]:
        """What people wrote as we saved it, by SID."""
        return {row["twilio_sid"]: row for row in self.messages if row["direction"] == "inbound"}

    @cached_property
    def heard_by_id(self) -> dict[str, Row]:
        """What people wrote, by our id of it."""
        return {str(row["_id"]): row for row in self.heard_by_sid.values()}

    @cached_property
    def outbound(self) -> list[Row]:
        """What we meant to say."""
        return [row for row in self.messages if row["direction"] == "outbound"]

    @cached_property
    def by_key(self) -> dict[str, Row]:
        """What we meant to say, by cause, recipient and kind."""
        return {row["key"]: row for row in self.outbound}

    @cached_property
    def delivered_by_message(self) -> dict[str, list[Delivered]]:
        """What phones received, by our own message id in the StatusCallback.

        Of several messages that say the same to one person Twilio's list does not tell which is which: a look-up may
        take another's for its own, and then the other is sent again. Each of them has one of what arrived.
        """
        found: dict[str, list[Delivered]] = {}
        for each in self.delivered:
            found.setdefault(query_of(each).get("message", ""), []).append(each)
        alike: dict[tuple[str, str], list[str]] = {}
        for row in self.outbound:
            alike.setdefault((row["phone"], row["text"]), []).append(str(row["_id"]))
        for ids in alike.values():
            spare = [each for one in ids for each in found.get(one, [])[1:]]
            for one in (one for one in ids if spare and not found.get(one)):
                taken = spare.pop(0)
                found[query_of(taken)["message"]].remove(taken)
                found[one] = [taken]
        return found

    @cached_property
    def phone_of(self) -> dict[Any, str]:
        """Agents' numbers by id."""
        return {agent["_id"]: agent["phone"] for agent in self.agents}

    def arrived(self, row: Row) -> list[Delivered]:
        """Return what phones received of a message of ours."""
        return self.delivered_by_message.get(str(row["_id"]), [])

    def reached(self, key: str) -> bool:
        """Whether the message of this key arrived on a phone."""
        row = self.by_key.get(key)
        return row is not None and bool(self.arrived(row))


def query_of(delivered: Delivered) -> dict[str, str]:
    """Return our own ids in a message's StatusCallback."""
    return dict(parse_qsl(urlsplit(delivered.status_callback or "").query))


def load(mongodb_uri: str, name: str, ended_at: datetime, **seen: Any) -> Record:
    """Read the database as it is now."""
    with MongoClient[Row](mongodb_uri, tz_aware=True) as client:
        database = client[name]
        rows: dict[str, Iterable[Row]] = {
            each: list(database[each].find()) for each in ("jobs", "offers", "messages", "timers", "agents")
        }
    return Record(ended_at=ended_at, **rows, **seen)
