"""How a job gets where a story begins; what was told on the way is no news any more."""

from collections.abc import Callable
from typing import Any

from tests.stories.desk import Desk
from tests.stories.people import Job, Person


def pending(desk: Desk, agent: Person, starts_in: str = "2d", **changes: Any) -> Job:
    """A job that is offered to everybody."""
    job = desk.asks(starts_in, **changes)
    desk.no_news()
    return job


def assigned(desk: Desk, agent: Person, starts_in: str = "2d", **changes: Any) -> Job:
    """A job that this agent has taken."""
    return _said(desk, pending(desk, agent, starts_in, **changes), agent, "YES")


def approved(desk: Desk, agent: Person, starts_in: str = "2d", **changes: Any) -> Job:
    """A job whose time this agent has confirmed."""
    return _said(desk, assigned(desk, agent, starts_in, **changes), agent, "CONFIRM")


def in_progress(desk: Desk, agent: Person, starts_in: str = "2d", **changes: Any) -> Job:
    """A job that this agent has begun."""
    return _said(desk, approved(desk, agent, starts_in, **changes), agent, "BEGIN")


def completed(desk: Desk, agent: Person, starts_in: str = "2d", **changes: Any) -> Job:
    """A job that this agent has done."""
    return _said(desk, in_progress(desk, agent, starts_in, **changes), agent, "COMPLETE")


def cancelled(desk: Desk, agent: Person, starts_in: str = "2d", **changes: Any) -> Job:
    """A job that was called off before anybody took it."""
    job = pending(desk, agent, starts_in, **changes)
    desk.does("cancel", job)
    desk.no_news()
    return job


def expired(desk: Desk, agent: Person, starts_in: str = "1h", **changes: Any) -> Job:
    """A job that nobody took in time."""
    job = pending(desk, agent, starts_in, **changes)
    desk.wait_for(job, "expiry")
    desk.no_news()
    return job


#: The way into each state.
INTO: dict[str, Callable[[Desk, Person], Job]] = {
    way.__name__: way for way in (pending, assigned, approved, in_progress, completed, cancelled, expired)
}
OVER = ("completed", "cancelled", "expired")


def _said(desk: Desk, job: Job, agent: Person, word: str) -> Job:
    desk.says(agent, f"{word} {job['code']}")
    desk.no_news()
    return desk.job(job)


def away(desk: Desk, agent: Person, standing: str) -> None:
    """Let an agent be away, one way or the other."""
    if standing == "STOP":
        desk.says(agent, "STOP")
    else:
        desk.changes(agent, status=standing)
