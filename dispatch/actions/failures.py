"""Failures of leased work: caught, logged and returned, so that the caller decides when the work is retried."""

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
    """Do the work. Return its result, and its failure or None.

    `tries` includes this try. Work with more tries than allowed has killed its worker each time, so it is not begun
    again.
    """
    try:
        if tries > failures.MOST_TRIES:
            raise failures.WorkerLost
        return work(), None
    except Exception as error:  # noqa: BLE001  no error may stop other work; it is kept in the document
        failure = Failure(failures.described(error), passes=_is_an_outage(error))
        log.error("task failed", error=failure.error, tries=tries, trace=failures.trace(error), **ids)
        return None, failure


def _is_an_outage(error: Exception) -> bool:
    if isinstance(error, PyMongoError):
        return isinstance(error, ConnectionFailure) or error.timeout
    return isinstance(error, RedisError)
