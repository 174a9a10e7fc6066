"""Taking a form from Twilio: signed, named, and kept even when MongoDB does not answer."""

import re
import time
from collections.abc import Callable
from datetime import datetime

import pymongo
import structlog
from flask import Response, current_app, request
from pymongo.errors import PyMongoError
from werkzeug.exceptions import Forbidden, ServiceUnavailable, UnprocessableEntity

from dispatch import queueing
from dispatch.models.record import utc_now
from dispatch.whatsapp import signature

log = structlog.get_logger(__name__)

_SID = re.compile(r"[A-Za-z0-9]{2,64}")
_FORM = "application/x-www-form-urlencoded"
#: Seconds that all the calls to MongoDB of one webhook may take together: on a slow one they would add up.
SAVING_SECONDS = 2.0
#: A MongoDB that has failed is left alone for so many seconds: threads that wait for it answer nobody else.
AWAY_SECONDS = 1.0
_AWAY = "mongodb_away_until"


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
    """Save a form, or lay it on Redis' shelf while MongoDB does not answer. Raises ServiceUnavailable.

    The answer is empty and of no content type: Twilio would text a text/plain body to the person.
    """
    came_at = utc_now()
    ways = [lambda: _saved(kind, save), lambda: _rescued(kind, form, came_at)]
    if time.monotonic() < current_app.extensions.get(_AWAY, 0):
        ways.reverse()
    if not any(way() for way in ways):
        raise ServiceUnavailable("No store answers.")
    response = Response(status=204)
    del response.headers["Content-Type"]
    return response


def _saved(kind: str, save: Callable[[], None]) -> bool:
    """Save a form; one that MongoDB does not save in time lets the next ones go to the shelf first."""
    with queueing.held():
        try:
            with pymongo.timeout(SAVING_SECONDS):
                current_app.config["PREPARE_STORES"]()
                save()
        except PyMongoError as error:
            log.warning("webhook not saved", kind=kind, error=type(error).__name__)
            current_app.extensions[_AWAY] = time.monotonic() + AWAY_SECONDS
            return False
    return True


def _rescued(kind: str, form: dict[str, str], came_at: datetime) -> bool:
    kept = queueing.rescue(kind, form, request.args.to_dict(), came_at)
    if kept:
        log.warning("webhook rescued", kind=kind)
    return kept
