"""Outlines: a few fields of jobs, offers and agents, without a document each, where there may be hundreds."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from bson import ObjectId

from dispatch.rules.jobs.states import JobState

#: The stored fields of each outline; those of a job's history are read only on demand.
JOB = ("code", "status", "agent", "plan", "round")
JOB_HISTORY = ("timeline.id", "timeline.name", "timeline.agent", "timeline.at")
AGENT = ("phone", "zone", "rating", "language")
OFFER = ("job", "agent", "round", "plan", "times", "state", "claimed_at", "closed_at")


class JobOutline(NamedTuple):
    """A job. Its timeline is read on demand, with the name, time and agent of each event."""

    id: ObjectId
    code: str
    state: JobState
    agent: ObjectId | None
    plan: int
    round: int
    timeline: Sequence[Mapping[str, Any]]

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> "JobOutline":
        """Return the outline of a row as MongoDB has it."""
        return cls(
            row["_id"],
            row["code"],
            JobState(row["status"]),
            row.get("agent"),
            row["plan"],
            row["round"],
            row.get("timeline", ()),
        )

    def last_event(self, *names: str) -> Mapping[str, Any] | None:
        """Return the latest event of one of these names, or None."""
        return next((event for event in reversed(self.timeline) if event["name"] in names), None)


class AgentOutline(NamedTuple):
    """An agent, with what the order of offers depends on."""

    id: ObjectId
    phone: str
    zone: str | None
    rating: float | None
    language: str | None

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> "AgentOutline":
        """Return the outline of a row as MongoDB has it."""
        return cls(row["_id"], row["phone"], row.get("zone"), row.get("rating"), row.get("language"))


class OfferOutline(NamedTuple):
    """An offer."""

    id: ObjectId
    job: ObjectId
    agent: ObjectId
    round: int
    plan: int
    times: int
    state: str
    claimed_at: datetime | None
    closed_at: datetime | None

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> "OfferOutline":
        """Return the outline of a row as MongoDB has it."""
        return cls(
            row["_id"],
            row["job"],
            row["agent"],
            row["round"],
            row["plan"],
            row["times"],
            row["state"],
            row.get("claimed_at"),
            row.get("closed_at"),
        )
