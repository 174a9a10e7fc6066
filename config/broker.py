"""The connection of Celery's processes to Redis: an entry of a queue that is not a task is dropped and ends no worker.

Celery and kombu handle tasks with unknown names and arguments. Other entries (not JSON, a number, a header of the wrong
type) raise an error in the worker's main loop, which would end it, or are never acknowledged, which would block it.
"""

import functools
from collections.abc import Callable
from typing import Any

import structlog
from kombu.exceptions import KombuError
from kombu.transport import redis

from config.queues import QUEUES

log = structlog.get_logger(__name__)

#: Errors of an entry that is not a task. Errors of the connection are not among them: Celery handles those.
_BAD_ENTRY = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)


class Channel(redis.Channel):
    """kombu's channel, which drops an entry that can't be read or can't be made into a task."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.handlers = {kind: _reading(handler) for kind, handler in self.handlers.items()}

    def basic_consume(self, queue: str, no_ack: bool, callback: Callable[[Any], Any], *args: Any, **more: Any) -> Any:
        """Consume a queue. A message that is not a task, or that `callback` can't handle, is rejected."""

        def handle(message: Any) -> Any:
            try:
                if queue in QUEUES:
                    _refuse_other_than_task(message)
                return callback(message)
            except _BAD_ENTRY as error:
                _log_dropped(error)
                if not message.acknowledged:
                    message.reject()

        return super().basic_consume(queue, no_ack, handle, *args, **more)


class Transport(redis.Transport):
    """kombu's transport with this channel; Celery's setting `broker_transport` names it."""

    Channel = Channel


def _reading(handler: Callable[[], Any]) -> Callable[[], Any]:
    """Return a handler of the worker's main loop, which reads one entry and drops it if it is not a message."""

    @functools.wraps(handler)
    def read(*args: Any, **kwargs: Any) -> Any:
        try:
            return handler(*args, **kwargs)
        except _BAD_ENTRY as error:
            _log_dropped(error)

    return read


def _refuse_other_than_task(message: Any) -> None:
    """Check the parts of a task that Celery trusts ("Message Protocol", version 2). Raises TypeError, ValueError."""
    names, limits = ("task", "id"), message.headers.get("timelimit") or [None, None]
    fits = all(isinstance(message.headers.get(name), str) for name in names)
    fits = fits and len(limits) == 2 and all(isinstance(limit, int | float | None) for limit in limits)
    if message.content_type == "application/json":
        try:
            args, kwargs, embedded = message.payload
        except KombuError:
            return  # Celery drops it
        fits = fits and isinstance(args, list) and isinstance(kwargs, dict) and isinstance(embedded, dict | None)
    if not fits:
        raise TypeError


def _log_dropped(error: Exception) -> None:
    """Log a dropped entry without its content and without the error's text, which may quote the content."""
    log.warning("task dropped", why="not a task", error=type(error).__name__)
