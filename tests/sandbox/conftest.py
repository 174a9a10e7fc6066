"""Desks for the tests of this directory."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sandbox import processes
from tests.sandbox.opened import SLEEP, Opened


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Callable[..., Opened]]:
    """A function that starts desks without embedded stores. They and all their processes end with the test."""
    desks = []

    def open_desk(children: dict[str, str] | None = None, grace: float = 0.3, **changes: str) -> Opened:
        desks.append(Opened(tmp_path, children or {"sleeper": SLEEP}, grace, **changes))
        return desks[-1]

    yield open_desk
    for one in desks:
        one.process.kill()
        one.process.wait()
    processes.stop_marked(tmp_path / "data", 0.2)
