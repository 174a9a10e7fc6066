"""Retries of failed work: how often, after growing waits, and which part of the error is kept: no person's words."""

import traceback
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

#: A try counts from its begin, so one that killed its worker counts, too. After the last try the work is parked.
MOST_TRIES = 6
#: Seconds to wait after the first failure. Each further failure doubles the wait, up to `LONGEST_WAIT`.
FIRST_WAIT = 2.0
LONGEST_WAIT = 60.0
#: The error of work that killed its workers: there is no exception to describe.
WORKER_LOST = "the worker was lost"
_OURS = "dispatch"


class Failure(NamedTuple):
    """Why work failed, as `described`. `passes`: a store did not answer, and the try does not count."""

    error: str
    passes: bool = False


class WorkerLost(Exception):
    """This work has had all its tries, and the last one never ended."""


def is_given_up(tries: int, failure: Failure) -> bool:
    """Return whether work is given up after `tries` tries, the last ending in `failure`."""
    return tries >= MOST_TRIES and not failure.passes


def retry_at(tries: int, now: datetime) -> datetime:
    """Return when to retry work after `tries` tries."""
    return now + timedelta(seconds=min(LONGEST_WAIT, FIRST_WAIT * 2.0 ** min(tries - 1, 10)))


def described(error: BaseException) -> str:
    """Return an exception's type and the place in our code. Its text is left out, as it may quote a person."""
    if isinstance(error, WorkerLost):
        return WORKER_LOST
    places = [f"{_module(frame.filename)}:{frame.name}" for frame in traceback.extract_tb(error.__traceback__)]
    ours = [place for place in places if place.startswith(f"{_OURS}.")] or places or ["nowhere"]
    return f"{type(error).__name__} in {ours[-1]}"


def trace(error: BaseException) -> list[str]:
    """Return the lines that led to an exception, the innermost last, without its text."""
    frames = traceback.extract_tb(error.__traceback__)
    return [f"{_module(frame.filename)}:{frame.name}:{frame.lineno}" for frame in frames]


def _module(filename: str) -> str:
    parts = Path(filename).with_suffix("").parts
    if _OURS not in parts:
        return Path(filename).stem
    return ".".join(parts[len(parts) - 1 - parts[::-1].index(_OURS) :])
