"""Interleaving: something else happens just before one command to MongoDB; races, without waiting for luck."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from pymongo import monitoring

from dispatch import stores


class _Before(monitoring.CommandListener):
    def __init__(self, command: str, collection: str, happens: Callable[[], object]) -> None:
        self.at, self.happens, self.happened = (command, collection), happens, False

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        if not self.happened and (event.command_name, event.command.get(event.command_name)) == self.at:
            self.happened = True
            self.happens()

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        """Nothing to do."""

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        """Nothing to do."""


@contextmanager
def just_before(command: str, collection: str, happens: Callable[[], object]) -> Iterator[None]:
    """Within the block, let `happens` come just before the first such command; it must come."""
    listener = _Before(command, collection, happens)
    stores.connect(listeners=[listener])
    try:
        yield
    finally:
        stores.connect()
    assert listener.happened, f"no {command} on {collection}"
