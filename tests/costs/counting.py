"""Counts of the store commands of an operation: commands of the driver to MongoDB, and calls counted by Redis."""

import itertools
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from pymongo import monitoring

from dispatch import redis_client

#: Commands for opening a connection: they belong to no operation.
_OPENING = {"CLIENT", "HELLO", "SELECT"}


@dataclass
class Listener(monitoring.CommandListener):
    """Records each command to MongoDB: its name, its collection, and the write concern."""

    asked: list[str] = field(default_factory=list)
    waited_for: list[dict[str, Any]] = field(default_factory=list)

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        """Record a command. The driver calls this before each command."""
        self.asked.append(f"{event.command_name} {event.command.get(event.command_name)}")
        if "writeConcern" in event.command:
            self.waited_for.append(dict(event.command["writeConcern"]))

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        """Do nothing."""

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        """Do nothing."""


def cost_of(work: Callable[[], Any], listener: Listener) -> tuple[list[str], Counter[str]]:
    """Run an operation. Return its commands to MongoDB in order, and the number of each call to Redis.

    Redis tells of each command as it takes it. A desk that other tests keep running is in another of its databases.
    """
    client, over = redis_client.client(), uuid.uuid4().hex
    number = client.get_connection_kwargs().get("db", 0)
    listener.asked.clear()
    with client.monitor() as monitor:
        work()
        client.echo(over)
        taken = list(itertools.takewhile(lambda each: over not in each["command"], monitor.listen()))
    ours = [each["command"].split()[0] for each in taken if each["db"] == number and each["client_type"] != "lua"]
    return list(listener.asked), Counter(name for name in ours if name not in _OPENING)
