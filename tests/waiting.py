"""Waiting for what must come true: poll with a deadline, never sleep and hope."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def until(look: Callable[[], T], seconds: float = 10.0, what: str = "", every: float = 0.05) -> T:
    """Return the first truthy value of `look`, taken `every` so many seconds; fail after `seconds`."""
    deadline = time.monotonic() + seconds
    while True:
        found = look()
        if found:
            return found
        assert time.monotonic() < deadline, f"{what or 'nothing'} after {seconds} s; the last look gave {found!r}"
        time.sleep(every)
