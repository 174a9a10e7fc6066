"""States of agents and offers, the order in which agents are asked, and who is not asked again."""

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any, Protocol, TypeVar


class AgentStatus(StrEnum):
    """Whether an agent is offered jobs."""

    ACTIVE = "active"
    INACTIVE = "inactive"
    SUSPENDED = "suspended"


class OfferState(StrEnum):
    """An offer's states; all but the first two are final."""

    OPEN = "open"
    CLAIMED = "claimed"
    WON = "won"
    TAKEN = "taken"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    RELEASED = "released"
    CLOSED = "closed"


class Candidate(Protocol):
    """The details of an agent that decide the order."""

    @property
    def zone(self) -> str | None:
        """The agent's zone."""

    @property
    def rating(self) -> float | None:
        """The agent's rating."""


C = TypeVar("C", bound=Candidate)


def in_order(agents: Iterable[C], zone: str | None) -> list[C]:
    """Return all agents, those of the property's zone first, then by rating."""
    return sorted(agents, key=lambda agent: (not zone or agent.zone != zone, -(agent.rating or 0)))


def released_by(timeline: Sequence[Mapping[str, Any]]) -> set[Any]:
    """Return the agents who gave a job back, or were removed from it, since it was opened or last moved.

    They are not asked again.
    """
    since = max((n for n, event in enumerate(timeline) if event["name"] in ("opened", "moved")), default=0)
    return {event["agent"] for event in timeline[since:] if event["name"] == "released"}
