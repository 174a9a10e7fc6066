"""The record of a run: the final database, messages on phones, replies, requests, outages."""

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
    """All data for the checks. Rows are read from MongoDB directly, without the product's code."""

    ended_at: datetime
    jobs: list[Row] = field(default_factory=list)
    offers: list[Row] = field(default_factory=list)
    messages: list[Row] = field(default_factory=list)
    timers: list[Row] = field(default_factory=list)
    agents: list[Row] = field(default_factory=list)
    contacts: list[Row] = field(default_factory=list)
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
        """Stored inbound messages, by SID."""
        return {row["twilio_sid"]: row for row in self.messages if row["direction"] == "inbound"}

    @cached_property
    def heard_by_id(self) -> dict[str, Row]:
        """Stored inbound messages, by our id."""
        return {str(row["_id"]): row for row in self.heard_by_sid.values()}

    @cached_property
    def outbound(self) -> list[Row]:
        """Stored outbound messages."""
        return [row for row in self.messages if row["direction"] == "outbound"]

    @cached_property
    def by_key(self) -> dict[str, Row]:
        """Stored outbound messages, by key: cause, recipient and kind."""
        return {row["key"]: row for row in self.outbound}

    @cached_property
    def delivered_by_message(self) -> dict[str, list[Delivered]]:
        """Messages on phones, by our message id in the StatusCallback.

        Twilio's list cannot distinguish messages with the same text to the same person: a look-up may match another
        message, which is then sent again. So messages with equal texts share the arrived ones, one for each.
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
        """Return the copies of one of our messages that arrived."""
        return self.delivered_by_message.get(str(row["_id"]), [])

    def reached(self, key: str) -> bool:
        """Return whether the message with this key arrived on a phone."""
        row = self.by_key.get(key)
        return row is not None and bool(self.arrived(row))


def query_of(delivered: Delivered) -> dict[str, str]:
    """Return our ids in a message's StatusCallback."""
    return dict(parse_qsl(urlsplit(delivered.status_callback or "").query))


def load(mongodb_uri: str, name: str, ended_at: datetime, **seen: Any) -> Record:
    """Return the record, with rows read from the database now."""
    with MongoClient[Row](mongodb_uri, tz_aware=True) as client:
        database = client[name]
        rows: dict[str, Iterable[Row]] = {
            each: list(database[each].find()) for each in ("jobs", "offers", "messages", "timers", "agents", "contacts")
        }
    return Record(ended_at=ended_at, **rows, **seen)
