"""Who is offered a job, and in which order their messages go out."""

from collections.abc import Iterable
from typing import Protocol, TypeVar


class Candidate(Protocol):
    """What the order looks at."""

    zone: str | None
    rating: float | None


C = TypeVar("C", bound=Candidate)


def in_order(agents: Iterable[C], zone: str | None) -> list[C]:
    """Return all agents: those of the property's zone first, then by rating; first come, first served does the rest."""
    return sorted(agents, key=lambda agent: (not zone or agent.zone != zone, -(agent.rating or 0)))
