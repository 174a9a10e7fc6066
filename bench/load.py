"""The load generator: prepared requests on open connections, from a separate process.

Server and generator share the machine, so the generator is as cheap as Python allows: http.client and threads.
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
#: Seconds after which a request without an answer fails.
PATIENCE = 30


class Request(NamedTuple):
    """One prepared request."""

    method: str
    path: str
    body: bytes
    headers: Mapping[str, str]


@dataclass(frozen=True)
class Answers:
    """The answers: sorted seconds, counts by status, and seconds from first request to last answer."""

    took: list[float]
    statuses: Mapping[int, int]
    seconds: float

    @property
    def per_second(self) -> float:
        """Return the answers per second."""
        return len(self.took) / self.seconds

    def at(self, percent: float) -> float:
        """Return the milliseconds within which `percent` of the requests were answered."""
        return 1000 * percentile(self.took, percent)

    def all_of(self, status: int) -> "Answers":
        """Return these answers. Raises RuntimeError if one has another status: a fast refusal must not count."""
        if set(self.statuses) != {status}:
            raise RuntimeError(f"answers other than {status}: {dict(self.statuses)}")
        return self


def percentile(values: Sequence[float], percent: float) -> float:
    """Return the value that `percent` of the values do not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(percent / 100 * len(ordered)) - 1)]


def at_full_speed(port: int, requests: Sequence[Request], seconds: float, connections: int = 16) -> Answers:
    """Send one request after another on each connection for `seconds`. Raises RuntimeError if the requests run out."""
    return _elsewhere(port, requests, seconds, connections, None)


def at_a_rate(port: int, requests: Sequence[Request], rate: float, connections: int = 32) -> Answers:
    """Send `rate` requests a second until all are sent.

    An answer's time counts from when its request was due, not from when it was sent. Otherwise a slow server would
    delay the requests and hide its own delay (coordinated omission).
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


def _share(
    port: int,
    requests: Sequence[Request],
    turn: Iterator[int],
    ready: threading.Barrier,
    seconds: float,
    rate: float | None,
) -> Iterator[_One]:
    """Send one connection's share of the requests."""
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
