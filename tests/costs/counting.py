"""Counting what a piece of work asks of the stores: the driver's commands to MongoDB, and what Redis says it took."""

import itertools
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from pymongo import monitoring

from dispatch import redis_client

#: What a connection asks when it is opened: no part of any operation.
_OPENING = {"CLIENT", "HELLO", "SELECT"}


@dataclass
class Listener(monitoring.CommandListener):
    """Notes each command to MongoDB: its name and collection, and what each write waits for."""

    asked: list[str] = field(default_factory=list)
    waited_for: list[dict[str, Any]] = field(default_factory=list)

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        """Called by the driver just before it sends a command."""
        self.asked.append(f"{event.command_name} {event.command.get(event.command_name)}")
        if "writeConcern" in event.command:
            self.waited_for.append(dict(event.command["writeConcern"]))

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        """Nothing to do."""

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        """Nothing to do."""


def cost_of(work: Callable[[], Any], listener: Listener) -> tuple[list[str], Counter[str]]:
    """Do it; return what was asked of MongoDB, in order, and of Redis, how often each.

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
