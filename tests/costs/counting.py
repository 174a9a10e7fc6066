"""Counting what a piece of work asks of the stores: the driver's commands to MongoDB, Redis' own count of its calls."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from pymongo import monitoring

from dispatch import broker

#: What counting itself asks, and what scripts ask within Redis: those are no round trips.
_OURS, _WITHIN_SCRIPTS = {"info", "client|setname", "select"}, {"time", "get", "set"}


@dataclass
class Listener(monitoring.CommandListener):
    """Notes each command to MongoDB: its name and collection."""

    asked: list[str] = field(default_factory=list)

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        """Called by the driver just before it sends a command."""
        self.asked.append(f"{event.command_name} {event.command.get(event.command_name)}")

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        """Nothing to do."""

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        """Nothing to do."""


def cost_of(work: Callable[[], Any], listener: Listener) -> tuple[list[str], Counter[str]]:
    """Do it; return what was asked of MongoDB, in order, and of Redis, how often each."""
    listener.asked.clear()
    before = _calls()
    work()
    after = _calls()
    return list(listener.asked), Counter(
        {name: after[name] - before[name] for name in after if after[name] > before[name]}
    )


def _calls() -> Counter[str]:
    stats: dict[str, Any] = broker.client().info("commandstats")
    calls = {name.removeprefix("cmdstat_"): each["calls"] for name, each in stats.items()}
    return Counter({name: count for name, count in calls.items() if name not in _OURS | _WITHIN_SCRIPTS})
