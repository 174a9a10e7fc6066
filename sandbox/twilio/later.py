"""Calls made later, on a pool of threads, each at its time."""

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
    """One thread that watches the clock, and a pool that makes the calls that fall due."""

    def __init__(self, threads: int = 16) -> None:
        self._pool = ThreadPoolExecutor(threads, "pretend-twilio")
        self._due: list[tuple[float, int, Callable[..., object], tuple[Any, ...]]] = []
        self._numbers = itertools.count()  # equal times keep their order
        self._changed = threading.Condition()
        self._stopping = False
        self._watch = threading.Thread(target=self._run, name="pretend-twilio-clock", daemon=True)

    def start(self) -> None:
        """Begin to watch the clock."""
        self._watch.start()

    def call(self, seconds: float, function: Callable[..., object], *args: object) -> None:
        """Call the function in so many seconds; after stop() not at all."""
        with self._changed:
            heapq.heappush(self._due, (time.monotonic() + seconds, next(self._numbers), function, args))
            self._changed.notify()

    def stop(self) -> None:
        """Forget what is waiting and return when the running calls have ended."""
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
    """A call that broke is a mistake of ours; nobody else would see it."""
    if not done.cancelled() and (error := done.exception()):
        log.error("a later call broke", exc_info=error)
