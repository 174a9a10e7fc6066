"""Forms that Twilio posts: each is saved in MongoDB, or buffered in Redis if MongoDB is too slow."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

import pymongo
import structlog
from flask import Response, current_app, request
from flask.sansio.app import App
from pymongo.errors import PyMongoError
from werkzeug.exceptions import ServiceUnavailable

from dispatch import shelf
from dispatch.hints import tasks
from dispatch.models.base.record import utc_now

log = structlog.get_logger(__name__)

#: Seconds that all calls to MongoDB of one webhook may take together. On a slow MongoDB they would add up.
SAVING_SECONDS = 2.0
#: How many webhooks of a kind may use MongoDB at once: a crowd of receipts must not block inbound messages. The sum is
#: less than the number of the process's threads, so that one thread is always free to buffer a form in Redis.
TURNS = {"inbound": 4, "receipt": 3}
#: Seconds that a webhook waits for its turn. With a turn in this time, a process answers at least 16 messages a second;
#: two processes answer a hundred within 5 s. Without a turn in this time, MongoDB is too slow.
TURN_SECONDS = 0.25
#: Seconds for which webhooks of a kind do not ask MongoDB after it failed or was too slow.
AWAY_SECONDS = 1.0
_TURNS = "mongodb_turns"


class _Turns:
    """The turns of one kind of webhook at MongoDB, in this process."""

    def __init__(self, turns: int) -> None:
        self._turns = threading.Semaphore(turns)
        self._closed_until = 0.0

    @contextmanager
    def turn(self) -> Iterator[bool]:
        """Yield True with a turn, held for the block. Yield False if MongoDB should not be asked now."""
        if time.monotonic() < self._closed_until:
            yield False
        elif not self._turns.acquire(timeout=TURN_SECONDS):
            self.close()
            yield False
        else:
            try:
                yield True
            finally:
                self._turns.release()

    def close(self) -> None:
        """Let the next webhooks buffer their forms first: a thread that waits for MongoDB answers nothing else."""
        self._closed_until = time.monotonic() + AWAY_SECONDS

    def was_closed_since(self, began: float) -> bool:
        """Whether other webhooks have buffered their forms since this time."""
        return self._closed_until > began


def prepare(app: App) -> None:
    """Give an app the turns of each kind of webhook."""
    app.extensions[_TURNS] = {kind: _Turns(number) for kind, number in TURNS.items()}


def keep(kind: str, form: dict[str, str], save: Callable[[], None]) -> Response:
    """Save a form in MongoDB, or buffer it in Redis while MongoDB is too slow. Raises ServiceUnavailable.

    If MongoDB was not asked first and Redis fails, MongoDB is asked last: one store is enough. A form that MongoDB
    saved while other webhooks buffered theirs is buffered, too: a buffered form counts from the arrival of its webhook,
    and would otherwise overtake this one.
    """
    arrived_at, began, turns = utc_now(), time.monotonic(), current_app.extensions[_TURNS][kind]
    with tasks.held():
        with turns.turn() as asked:
            kept = asked and _saved(kind, save, turns)
        if not kept or turns.was_closed_since(began):
            kept = _buffered(kind, form, arrived_at) or kept or (not asked and _saved(kind, save, turns))
    if not kept:
        raise ServiceUnavailable("Neither MongoDB nor Redis answers; try again.")
    return empty()


def empty() -> Response:
    """Return an empty answer without a content type: Twilio would send a text/plain body to the person."""
    response = Response(status=204)
    del response.headers["Content-Type"]
    return response


def _saved(kind: str, save: Callable[[], None], turns: _Turns) -> bool:
    try:
        with pymongo.timeout(SAVING_SECONDS):
            current_app.config["PREPARE_STORES"]()
            save()
    except PyMongoError as error:
        log.warning("webhook not saved", kind=kind, error=type(error).__name__)
        turns.close()
        return False
    return True


def _buffered(kind: str, form: dict[str, str], arrived_at: datetime) -> bool:
    kept = shelf.keep(kind, form, request.args.to_dict(), arrived_at)
    if kept:
        log.warning("webhook buffered", kind=kind)
        if kind == "inbound":  # the sweep saves receipts: there may be thousands
            tasks.rescue()
    return kept
