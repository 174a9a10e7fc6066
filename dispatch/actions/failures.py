"""Trying: work that fails is logged and told, not raised; whoever leased it decides when it is tried again."""

from collections.abc import Callable
from typing import TypeVar

import structlog
from pymongo.errors import ConnectionFailure, PyMongoError
from redis.exceptions import RedisError

from dispatch.rules import failures
from dispatch.rules.failures import Failure

log = structlog.get_logger(__name__)

Result = TypeVar("Result")


def attempt(tries: int, work: Callable[[], Result], **ids: str) -> tuple[Result | None, Failure | None]:
    """Do the work; return what it gave, and what was wrong with it (None when nothing was).

    `tries` counts this try, too, as its lease has it. Work that was begun more often than may be has cost its workers
    their lives each time: it is not begun again.
    """
    try:
        if tries > failures.MOST_TRIES:
            raise failures.WorkerLost
        return work(), None
    except Exception as error:  # noqa: BLE001  whatever it is: it must not stop the others, and is kept
        failure = Failure(failures.described(error), passes=_is_an_outage(error))
        log.error("work failed", error=failure.error, tries=tries, trace=failures.trace(error), **ids)
        return None, failure


def _is_an_outage(error: Exception) -> bool:
    if isinstance(error, PyMongoError):
        return isinstance(error, ConnectionFailure) or error.timeout
    return isinstance(error, RedisError)
