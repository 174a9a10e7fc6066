"""Taking a form from Twilio: signed, named, and kept even when MongoDB does not answer, or not soon."""

import re
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
from werkzeug.exceptions import Forbidden, ServiceUnavailable, UnprocessableEntity

from dispatch import shelf
from dispatch.channels.whatsapp import signature
from dispatch.hints import tasks
from dispatch.models.base.record import utc_now

log = structlog.get_logger(__name__)

_SID = re.compile(r"[A-Za-z0-9]{2,64}")
_FORM = "application/x-www-form-urlencoded"
#: Seconds that all the calls to MongoDB of one webhook may take together: on a slow one they would add up.
SAVING_SECONDS = 2.0
#: So many webhooks of a kind may be at MongoDB at once, so that no crowd of receipts stands before what people write;
#: together fewer than the process has threads, so that one is always free for the shelf.
TURNS = {"inbound": 4, "receipt": 3}
#: Seconds that a webhook waits for its turn. If it comes by then, a process answers 16 messages a second or more: two
#: of them have answered a hundred within 5 s. If not, MongoDB does not keep up.
TURN_SECONDS = 0.25
#: A MongoDB that has failed or does not keep up is left alone for so many seconds, by webhooks of that kind.
AWAY_SECONDS = 1.0
_WAYS = "ways_to_mongodb"


class _Way:
    """The way of one kind of webhook to MongoDB, in this process."""

    def __init__(self, turns: int) -> None:
        self._turns = threading.Semaphore(turns)
        self._closed_until = 0.0

    @contextmanager
    def turn(self) -> Iterator[bool]:
        """Wait for a turn, and have it for the block; False when MongoDB is better left alone for now."""
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
        """Let the next ones go to the shelf first: threads that wait for MongoDB answer nobody."""
        self._closed_until = time.monotonic() + AWAY_SECONDS

    def was_closed_since(self, began: float) -> bool:
        """Whether others have gone to the shelf since then."""
        return self._closed_until > began


def open_ways(app: App) -> None:
    """Give an app its ways to MongoDB."""
    app.extensions[_WAYS] = {kind: _Way(turns) for kind, turns in TURNS.items()}


def signed_form() -> dict[str, str]:
    """Return the form that Twilio posted; new fields come without notice and are kept. Raises Forbidden.

    Only a form is accepted: for another kind of body Twilio signs its hash instead, and the URL alone proves nothing.
    """
    signed = signature.valid(
        request.path, request.query_string, request.form, request.headers.get("X-Twilio-Signature")
    )
    if request.mimetype != _FORM or not signed:
        log.warning("webhook not signed by Twilio")
        raise Forbidden("The signature does not match.")
    form = request.form.to_dict()
    if not _SID.fullmatch(form.get("MessageSid", "")):
        raise UnprocessableEntity("MessageSid is missing.")
    return form


def keep(kind: str, form: dict[str, str], save: Callable[[], None]) -> Response:
    """Save a form, or lay it on Redis' shelf while MongoDB does not keep up. Raises ServiceUnavailable.

    MongoDB is asked last when it was not to be asked first: one store is enough. What it has saved while others went
    to the shelf is laid there, too: they count from their webhooks, and would overtake it.
    The answer is empty and of no content type: Twilio would text a text/plain body to the person.
    """
    came_at, began, way = utc_now(), time.monotonic(), current_app.extensions[_WAYS][kind]
    with tasks.held():
        with way.turn() as asked:
            kept = asked and _saved(kind, save, way)
        if not kept or way.was_closed_since(began):
            kept = _rescued(kind, form, came_at) or kept or (not asked and _saved(kind, save, way))
    if not kept:
        raise ServiceUnavailable("No store answers.")
    response = Response(status=204)
    del response.headers["Content-Type"]
    return response


def _saved(kind: str, save: Callable[[], None], way: _Way) -> bool:
    try:
        with pymongo.timeout(SAVING_SECONDS):
            current_app.config["PREPARE_STORES"]()
            save()
    except PyMongoError as error:
        log.warning("webhook not saved", kind=kind, error=type(error).__name__)
        way.close()
        return False
    return True


def _rescued(kind: str, form: dict[str, str], came_at: datetime) -> bool:
    kept = shelf.keep(kind, form, request.args.to_dict(), came_at)
    if kept:
        log.warning("webhook rescued", kind=kind)
        if kind == "inbound":  # receipts, of which there may be thousands, are left to the sweep
            tasks.rescue()
    return kept
