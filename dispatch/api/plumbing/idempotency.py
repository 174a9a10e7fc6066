"""Idempotency-Key: a POST that is sent again under the same key is answered again, not done again."""

import hashlib
import json
import re
from typing import Any

import structlog
from bson import ObjectId
from flask import Response, g, request
from flask_smorest import abort
from pymongo.errors import PyMongoError
from werkzeug.exceptions import Conflict, UnsupportedMediaType

from dispatch.access import keys
from dispatch.models import Answer
from dispatch.models.base.record import utc_now

log = structlog.get_logger(__name__)

HEADER, REPLAYED = "Idempotency-Key", "Idempotent-Replayed"
#: Seconds after which to ask again while the first request is still being answered.
RETRY_AFTER = 1
LONGEST = 255
#: Printable ASCII; blanks around a header's value are not part of it.
_KEY = rf"[!-~]([ -~]{{0,{LONGEST - 2}}}[!-~])?"
#: The header as each POST of the API documents it.
PARAMETER: dict[str, Any] = {
    "name": HEADER,
    "in": "header",
    "required": False,
    "description": "Your name for this request, such as a UUID. Sent again under the same key within 24 hours, the "
    f"request is not done again: its first answer comes back, marked `{REPLAYED}: true`. 409 with `Retry-After` while "
    "the first is still being answered, 422 for another request under the same key. Answers of 415, and of 500 "
    "and above, are not kept: the next call does it anew.",
    "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST, "pattern": f"^{_KEY}$"},
}
#: What any POST may answer because of its key.
FAILURES = (409, 422)


class StillAnswering(Conflict):
    """The first request under this key has no answer yet."""

    description = f"The first request under this {HEADER} is still being answered; ask again."

    def get_headers(self, *args: Any, **kwargs: Any) -> list[tuple[str, str]]:
        """Return the headers with the time to wait."""
        return [*super().get_headers(*args, **kwargs), ("Retry-After", str(RETRY_AFTER))]


def begin() -> Response | None:
    """Replay the answer to a POST whose key is known; else let it run, and nobody beside it.

    Raises StillAnswering, and UnprocessableEntity for a key that is malformed or was used for another request.
    """
    key = request.headers.get(HEADER)
    # A public POST is Twilio's: a webhook knows its own repetitions.
    if key is None or request.method != "POST" or not request.endpoint or keys.public_because(request.endpoint):
        return None
    if not re.fullmatch(_KEY, key):
        _refuse(f"Must be 1 to {LONGEST} printable ASCII characters.")
    asked = _digest()
    g.answer = Answer.lease(key, asked, utc_now())
    return None if g.answer else _answered(Answer.by_key(key), asked)


def this_request() -> ObjectId | None:
    """Return what stands for this request whenever it is sent again; None when it came without a key."""
    answer: Answer | None = g.get("answer")
    return answer.id if answer else None


def finish(response: Response) -> Response:
    """Keep the answer to a request that ran under a key."""
    answer: Answer | None = g.pop("answer", None)
    try:
        if answer and _lasts(response.status_code):
            answer.keep(response.status_code, list(response.headers), response.get_data(), utc_now())
        elif answer:
            answer.give_back(utc_now())
    except PyMongoError as error:
        # It was done, so it is answered; who asks again waits for the end of the lease. The class only: see `errors`.
        log.error("answer not kept", error=type(error).__name__)
    return response


def _answered(known: Answer | None, asked: str) -> Response:
    if known and known.asked != asked:
        _refuse("Was used for another request; take a new one.")
    if not known or known.status is None:
        raise StillAnswering
    response = Response(known.body, known.status, known.headers)
    response.headers[REPLAYED] = "true"
    return response


def _lasts(status: int) -> bool:
    """Whether the same body has this answer again: a 415 is about its Content-Type, which is not part of the digest."""
    return status < 500 and status != UnsupportedMediaType.code


def _digest() -> str:
    """Return what tells this request from another: its path, and its body however that is spelled."""
    path = request.path.encode("utf-8", "surrogatepass")
    return hashlib.sha256(path + b"\0" + canonical(request.get_data())).hexdigest()


def canonical(body: bytes) -> bytes:
    """Return a body of JSON in its one spelling (names sorted, no blanks, 1.0 as 1), any other body as it is."""
    try:
        value = json.loads(body.decode(), parse_float=_number)
        return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()
    except (ValueError, RecursionError):
        return body


def _number(digits: str) -> float | int:
    number = float(digits)
    return int(number) if number.is_integer() else number


def _refuse(why: str) -> Any:
    abort(422, message=f"The {HEADER} is not valid.", errors={HEADER: [why]})
