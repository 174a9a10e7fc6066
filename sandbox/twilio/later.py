"""Delayed function calls on a pool of threads."""

import heapq
import itertools
import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

log = logging.getLogger(__name__)


class Later:
    """A thread that waits for the next due call, and a pool of threads that makes the calls."""

    def __init__(self, threads: int = 16) -> None:
        self._pool = ThreadPoolExecutor(threads, "pretend-twilio")
        self._due: list[tuple[float, int, Callable[..., object], tuple[Any, ...]]] = []
        self._numbers = itertools.count()  # equal times keep their order
        self._changed = threading.Condition()
        self._stopping = False
        self._watch = threading.Thread(target=self._run, name="pretend-twilio-clock", daemon=True)

    def start(self) -> None:
        """Start the waiting thread."""
        self._watch.start()

    def call(self, seconds: float, function: Callable[..., object], *args: object) -> None:
        """Call a function after this many seconds. After stop() it is not called."""
        with self._changed:
            heapq.heappush(self._due, (time.monotonic() + seconds, next(self._numbers), function, args))
            self._changed.notify()

    def stop(self) -> None:
        """Drop the waiting calls; return when the running calls have ended."""
        with self._changed:
            self._stopping = True
            self._changed.notify()
        self._watch.join()
        self._pool.shutdown(cancel_futures=True)

    def _run(self) -> None:
        while True:
            with self._changed:
                while not self._stopping and (wait := self._seconds_to_next()) != 0:
                    self._changed.wait(wait)
                if self._stopping:
                    return
                _, _, function, args = heapq.heappop(self._due)
            self._pool.submit(function, *args).add_done_callback(_report)

    def _seconds_to_next(self) -> float | None:
        return max(0.0, self._due[0][0] - time.monotonic()) if self._due else None


def _report(done: Future[object]) -> None:
    """Log the error of a call; its future is not read elsewhere."""
    if not done.cancelled() and (error := done.exception()):
        log.error("delayed call failed", exc_info=error)
