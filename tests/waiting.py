"""Waiting for something to become true: look again and again until a deadline. Tests never sleep and hope."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
#: On a busy machine everything takes longer. Only a test that fails waits for so many times its seconds.
BUSY = 3


def until(look: Callable[[], T], seconds: float = 10.0, what: str = "", every: float = 0.05) -> T:
    """Look every `every` seconds and return the first truthy value. Fail after `seconds`, or BUSY times as many."""
    deadline = time.monotonic() + seconds * BUSY
    while True:
        found = look()
        if found:
            return found
        assert time.monotonic() < deadline, f"{what or 'nothing'} in {seconds * BUSY} s; the last look gave {found!r}"
        time.sleep(every)
