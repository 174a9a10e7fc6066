"""Interleaving: something else happens just before one command to MongoDB; races, without waiting for luck."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from pymongo import monitoring

from dispatch import stores


class _Quiet(monitoring.CommandListener):
    """Looks at commands before they are sent only."""

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        """Do nothing."""

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        """Do nothing."""


class _Before(_Quiet):
    def __init__(self, command: str, collection: str, happens: Callable[[], object]) -> None:
        self.at, self.happens, self.happened = (command, collection), happens, False
        self.broke: BaseException | None = None

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        if not self.happened and (event.command_name, event.command.get(event.command_name)) == self.at:
            self.happened = True
            try:
                self.happens()
            except BaseException as error:  # noqa: BLE001  the driver would swallow it
                self.broke = error


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
    if listener.broke:
        raise listener.broke


class Intruder(_Quiet):
    """Waits for a command, does its deed there, and keeps what went wrong: the driver swallows it."""

    def __init__(self) -> None:
        self._left = 0
        self._happens: Callable[[], object] | None = None
        self._broke: BaseException | None = None

    def amid(self, work: Callable[[], object], command: int, happens: Callable[[], object]) -> None:
        """Do the work; before its nth command, or after it when it has fewer, let the other thing happen."""
        self._left, self._happens = command, happens
        work()
        if self._happens:
            self._happens = None
            happens()
        broke, self._broke = self._broke, None
        if broke:
            raise broke

    def count(self, work: Callable[[], object]) -> int:
        """Do the work, and return how many commands it gives."""
        never = 10_000
        self.amid(work, never, lambda: None)
        return never - self._left

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        """Record a command. The driver calls this before each command."""
        if self._happens is None:
            return
        self._left -= 1
        if self._left > 0:
            return
        happens, self._happens = self._happens, None
        try:
            happens()
        except BaseException as error:  # noqa: BLE001
            self._broke = error
