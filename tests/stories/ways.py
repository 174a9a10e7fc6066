"""Ways to bring a job into the state where a story begins; messages on the way count as seen."""

from collections.abc import Callable
from typing import Any

from tests.stories.desk import StoryDesk
from tests.stories.people import Job, Person


def pending(desk: StoryDesk, agent: Person, starts_in: str = "2d", **changes: Any) -> Job:
    """Return a job that is offered to all agents."""
    job = desk.asks(starts_in, **changes)
    desk.no_news()
    return job


def assigned(desk: StoryDesk, agent: Person, starts_in: str = "2d", **changes: Any) -> Job:
    """Return a job that this agent has taken."""
    return _said(desk, pending(desk, agent, starts_in, **changes), agent, "YES")


def approved(desk: StoryDesk, agent: Person, starts_in: str = "2d", **changes: Any) -> Job:
    """Return a job whose time this agent has confirmed."""
    return _said(desk, assigned(desk, agent, starts_in, **changes), agent, "CONFIRM")


def in_progress(desk: StoryDesk, agent: Person, starts_in: str = "90m", **changes: Any) -> Job:
    """Return a job that this agent has begun."""
    return _said(desk, approved(desk, agent, starts_in, **changes), agent, "BEGIN")


def completed(desk: StoryDesk, agent: Person, starts_in: str = "90m", **changes: Any) -> Job:
    """Return a job that this agent has completed."""
    return _said(desk, in_progress(desk, agent, starts_in, **changes), agent, "COMPLETE")


def cancelled(desk: StoryDesk, agent: Person, starts_in: str = "2d", **changes: Any) -> Job:
    """Return a job that was cancelled before any agent took it."""
    job = pending(desk, agent, starts_in, **changes)
    desk.does("cancel", job)
    desk.no_news()
    return job


def expired(desk: StoryDesk, agent: Person, starts_in: str = "1h", **changes: Any) -> Job:
    """Return a job that no agent took in time."""
    job = pending(desk, agent, starts_in, **changes)
    desk.wait_for(job, "expiry")
    desk.no_news()
    return job


#: The way into each state.
INTO: dict[str, Callable[..., Job]] = {
    way.__name__: way for way in (pending, assigned, approved, in_progress, completed, cancelled, expired)
}
OVER = ("completed", "cancelled", "expired")


def _said(desk: StoryDesk, job: Job, agent: Person, word: str) -> Job:
    desk.says(agent, f"{word} {job['code']}")
    desk.no_news()
    return desk.job(job)


def away(desk: StoryDesk, agent: Person, standing: str) -> None:
    """Make an agent inactive, by status or by STOP."""
    if standing == "STOP":
        desk.says(agent, "STOP")
    else:
        desk.changes(agent, status=standing)
