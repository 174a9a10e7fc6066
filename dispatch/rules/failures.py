"""What fails is tried again so often, after growing waits; what is kept of the reason holds no word of anybody's."""

import traceback
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

#: Tries are counted when they begin: one that killed its worker counts too. Afterwards it is parked for a person.
MOST_TRIES = 6
#: Seconds to wait after the first failure; after each further one twice as long, up to `LONGEST_WAIT`.
FIRST_WAIT = 2.0
LONGEST_WAIT = 60.0
#: What is said of work whose workers died of it: nobody could say why.
WORKER_LOST = "the worker was lost"
_OURS = "dispatch"


class Failure(NamedTuple):
    """Why work failed, as `told`. `passes`: a store did not answer; that is not the work's fault and does not count."""

    error: str
    passes: bool = False


class WorkerLost(Exception):
    """This work has been begun as often as may be, and nobody came back from it."""


def is_hopeless(tries: int, failure: Failure) -> bool:
    """Whether what has failed so often, and so at last, is parked."""
    return tries >= MOST_TRIES and not failure.passes


def again_at(tries: int, now: datetime) -> datetime:
    """When to try again what has failed so often."""
    return now + timedelta(seconds=min(LONGEST_WAIT, FIRST_WAIT * 2.0 ** min(tries - 1, 10)))


def described(error: BaseException) -> str:
    """Return an exception's type and where of ours it was raised; never its text, which may quote a person."""
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
