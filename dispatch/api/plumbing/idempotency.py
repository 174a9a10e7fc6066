"""Idempotency-Key: a POST that is repeated under the same key gets its first answer and is not done again."""

import hashlib
import json
import re
from typing import Any

import structlog
from bson import ObjectId
from flask import Response, g, request
from flask_smorest import abort
from pymongo.errors import PyMongoError
from werkzeug.exceptions import Conflict

from dispatch.access import keys
from dispatch.models import Answer
from dispatch.models.base.record import utc_now

log = structlog.get_logger(__name__)

HEADER, REPLAYED = "Idempotency-Key", "Idempotent-Replayed"
#: Seconds after which to repeat the request while the first one is still being processed.
RETRY_AFTER = 1
LONGEST = 255
#: Printable ASCII. Blanks around a header's value do not belong to the value.
_KEY = rf"[!-~]([ -~]{{0,{LONGEST - 2}}}[!-~])?"
#: The header as each POST of the API documents it.
PARAMETER: dict[str, Any] = {
    "name": HEADER,
    "in": "header",
    "required": False,
    "description": "Your own id of this request, such as a UUID. A request that is repeated with the same key within "
    f"24 hours is not done again: it gets its first answer, marked `{REPLAYED}: true`. 409 with `Retry-After` while "
    "the first request is still being processed; 422 when the key was used for a different request. Answers of 500 and "
    "above are not kept: a repeated request is then processed again. After 400, 413, 415 and 422 the key is free: the "
    "corrected body can be sent with it.",
    "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST, "pattern": f"^{_KEY}$"},
}
#: Statuses of a body that is refused: nothing was done, and the corrected body may have the same key.
_BODY_REFUSED = (400, 413, 415, 422)
#: Errors that any POST may answer because of its key.
FAILURES = (409, 422)


class StillAnswering(Conflict):
    """The first request with this key has no answer yet."""

    description = f"The first request with this {HEADER} is still being processed; repeat the request in a second."

    def get_headers(self, *args: Any, **kwargs: Any) -> list[tuple[str, str]]:
        """Return the headers with the time to wait."""
        return [*super().get_headers(*args, **kwargs), ("Retry-After", str(RETRY_AFTER))]


def begin() -> Response | None:
    """Return the kept answer if this POST's key is known. Else lease the key for this request and return None.

    Raises StillAnswering. Raises UnprocessableEntity if the key is malformed or was used for a different request.
    """
    key = request.headers.get(HEADER)
    # A public POST is a webhook of Twilio: webhooks recognise repetitions by the message's SID.
    if key is None or request.method != "POST" or not request.endpoint or keys.public_because(request.endpoint):
        return None
    if not re.fullmatch(_KEY, key):
        _refuse(f"Must be 1 to {LONGEST} printable ASCII characters.")
    asked = _digest()
    g.answer = Answer.lease(key, asked, utc_now())
    return None if g.answer else _answered(Answer.by_key(key), asked)


def this_request() -> ObjectId | None:
    """Return the id that this request and its repetitions share. Return None without a key."""
    answer: Answer | None = g.get("answer")
    return answer.id if answer else None


def finish(response: Response) -> Response:
    """Keep the answer to a request with a key, and return it."""
    answer: Answer | None = g.pop("answer", None)
    try:
        if answer and response.status_code in _BODY_REFUSED:
            answer.release_key()
        elif answer and response.status_code < 500:
            answer.keep(response.status_code, list(response.headers), response.get_data(), utc_now())
        elif answer:
            answer.give_back(utc_now())
    except PyMongoError as error:
        # The request is done, so answer it. A repetition waits for the end of the lease.
        # Log only the class: see `errors`.
        log.error("answer not saved", error=type(error).__name__)
    return response


def _answered(known: Answer | None, asked: str) -> Response:
    if known and known.asked != asked:
        _refuse("Already used for a different request.")
    if not known or known.status is None:
        raise StillAnswering
    response = Response(known.body, known.status, known.headers)
    response.headers[REPLAYED] = "true"
    return response


def _digest() -> str:
    """Return the digest of this request's path and body. JSON is normalised first: see `canonical`."""
    path = request.path.encode("utf-8", "surrogatepass")
    return hashlib.sha256(path + b"\0" + canonical(request.get_data())).hexdigest()


def canonical(body: bytes) -> bytes:
    """Return a JSON body in normal form (names sorted, no blanks, 1.0 as 1). Return any other body unchanged."""
    try:
        value = json.loads(body.decode(), parse_float=number)
        return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()
    except (ValueError, RecursionError):
        return body


def number(digits: str) -> float | int:
    """Return a JSON number with a fraction or an exponent. JSON has one kind of number: 3.0 and 3 are equal."""
    value = float(digits)
    return int(value) if value.is_integer() else value


def _refuse(why: str) -> Any:
    abort(422, message=f"The {HEADER} is not valid.", errors={HEADER: [why]})
