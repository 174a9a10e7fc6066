"""The load: requests made up beforehand, on connections kept alive, from a process of its own.

What answers shares the machine with what asks, so asking costs as little as Python lets it: http.client and threads.
"""

import itertools
import math
import multiprocessing
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import NamedTuple

HOST = "127.0.0.1"
#: Seconds after which an answer is not waited for any more.
PATIENCE = 30


class Request(NamedTuple):
    """One request, ready to be written."""

    method: str
    path: str
    body: bytes
    headers: Mapping[str, str]


@dataclass(frozen=True)
class Answers:
    """What came back: seconds each took, sorted; how many of each status; seconds from the first to the last."""

    took: list[float]
    statuses: Mapping[int, int]
    seconds: float

    @property
    def per_second(self) -> float:
        """Return how many were answered a second."""
        return len(self.took) / self.seconds

    def at(self, percent: float) -> float:
        """Return the milliseconds within which so many percent were answered."""
        return 1000 * percentile(self.took, percent)

    def all_of(self, status: int) -> "Answers":
        """Return these answers; raises when any is of another status: a fast refusal is no figure."""
        if set(self.statuses) != {status}:
            raise RuntimeError(f"answers other than {status}: {dict(self.statuses)}")
        return self


def percentile(values: Sequence[float], percent: float) -> float:
    """Return the value that so many percent do not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(percent / 100 * len(ordered)) - 1)]


def at_full_speed(port: int, requests: Sequence[Request], seconds: float, connections: int = 16) -> Answers:
    """Ask one after another on each connection for so many seconds; raises when the requests do not suffice."""
    return _elsewhere(port, requests, seconds, connections, None)


def at_a_rate(port: int, requests: Sequence[Request], rate: float, connections: int = 32) -> Answers:
    """Ask so many times a second until all are asked.

    The time of an answer counts from when it should have been asked: who asks late for an answer that was late would
    not see how late everything is.
    """
    return _elsewhere(port, requests, len(requests) / rate + PATIENCE, connections, rate)


def _elsewhere(port: int, requests: Sequence[Request], seconds: float, connections: int, rate: float | None) -> Answers:
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as process:
        return process.submit(_ask, port, requests, seconds, connections, rate).result()


def _ask(port: int, requests: Sequence[Request], seconds: float, connections: int, rate: float | None) -> Answers:
    turn = itertools.count()  # next() on it is atomic
    ready = threading.Barrier(connections)
    with ThreadPoolExecutor(connections) as threads:
        shares = list(
            threads.map(lambda _: list(_share(port, requests, turn, ready, seconds, rate)), range(connections))
        )
    each = [one for share in shares for one in share]
    if rate is None and len(each) >= len(requests):
        raise RuntimeError(f"{len(requests)} requests were too few for {seconds:g} s")
    began, ended = min(one.asked for one in each), max(one.answered for one in each)
    return Answers(
        sorted(one.answered - one.due for one in each), dict(Counter(one.status for one in each)), ended - began
    )


class _One(NamedTuple):
    due: float
    asked: float
    answered: float
    status: int


def _share(port: int, requests: Sequence[Request], turn: Iterator[int], ready: threading.Barrier, seconds: float,
           rate: float | None) -> Iterator[_One]:  # fmt: skip
    """Ask one connection's share of the requests."""
    connection = HTTPConnection(HOST, port, timeout=PATIENCE)
    connection.connect()
    ready.wait()
    began = time.monotonic()
    while (n := next(turn)) < len(requests) and time.monotonic() - began < seconds:
        due = began + n / rate if rate else time.monotonic()
        time.sleep(max(0.0, due - time.monotonic()))
        asked = time.monotonic()
        connection.request(*requests[n])
        answer = connection.getresponse()
        answer.read()
        yield _One(due, asked, time.monotonic(), answer.status)
    connection.close()
