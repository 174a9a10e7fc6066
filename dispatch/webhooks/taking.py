"""Taking a form from Twilio: signed, named, and kept even when MongoDB does not answer."""

import re
from collections.abc import Callable

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
    try:
        current_app.config["PREPARE_STORES"]()
        save()
    except PyMongoError as error:
        log.warning("webhook rescued", kind=kind, error=type(error).__name__)
        if not queueing.rescue(kind, form, request.args.to_dict(), came_at):
            raise ServiceUnavailable("No store answers.") from error
    response = Response(status=204)
    del response.headers["Content-Type"]
    return response
