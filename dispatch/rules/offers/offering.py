"""Who is offered a job, in which order their messages go out, and how an offer stands."""

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
    """What the order looks at."""

    @property
    def zone(self) -> str | None:
        """Where they work."""

    @property
    def rating(self) -> float | None:
        """How well they are spoken of."""


C = TypeVar("C", bound=Candidate)


def in_order(agents: Iterable[C], zone: str | None) -> list[C]:
    """Return all agents: those of the property's zone first, then by rating; first come, first served does the rest."""
    return sorted(agents, key=lambda agent: (not zone or agent.zone != zone, -(agent.rating or 0)))


def released_by(timeline: Sequence[Mapping[str, Any]]) -> set[Any]:
    """Return who gave a job back, or was taken off it, since it was opened or last moved: they are not asked again."""
    since = max((n for n, event in enumerate(timeline) if event["name"] in ("opened", "moved")), default=0)
    return {event["agent"] for event in timeline[since:] if event["name"] == "released"}
