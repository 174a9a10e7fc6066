"""Something else happens in the midst of a task: just before one of its commands to MongoDB."""

from collections.abc import Callable

from pymongo import monitoring


class Intruder(monitoring.CommandListener):
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

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        """Called by the driver just before it sends a command."""
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

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        """Nothing to do."""

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        """Nothing to do."""
