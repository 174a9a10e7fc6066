"""One shape for every error, without internals."""

from typing import Any

import structlog
from flask import Flask, request
from mongoengine.errors import OperationError
from pymongo.errors import PyMongoError
from werkzeug.exceptions import HTTPException, InternalServerError, ServiceUnavailable

log = structlog.get_logger(__name__)

#: Seconds after which a client may try again when MongoDB did not answer.
RETRY_AFTER = 5


def register(app: Flask) -> None:
    """Answer every error of the app in one shape."""
    app.register_error_handler(HTTPException, _answer)
    app.register_error_handler(PyMongoError, _no_database)
    app.register_error_handler(OperationError, _no_database)
    app.register_error_handler(Exception, _bug)


def _answer(error: HTTPException) -> tuple[dict[str, Any], int, list[tuple[str, str]]]:
    """Return `{"code", "status", "message", "errors"}`; `abort(…, message=…, errors=…)` fills the last two."""
    given = getattr(error, "data", None) or {}
    code = error.code or 500
    payload = {
        "code": code,
        "status": error.name,
        "message": given.get("message") or error.description or error.name,
        "errors": given.get("errors") or {},
    }
    return payload, code, [(name, value) for name, value in error.get_headers() if name != "Content-Type"]


def _no_database(error: Exception) -> Any:
    # Log only the class: an error text of MongoDB may quote a document.
    log.error(
        "database call failed", error=type(error).__name__, cause=type(error.__cause__ or error.__context__).__name__
    )
    return _answer(
        ServiceUnavailable("The database does not answer; try again in a few seconds.", retry_after=RETRY_AFTER)
    )


def _bug(error: Exception) -> Any:
    log.error("request failed", route=request.url_rule.rule if request.url_rule else None, exc_info=error)
    return _answer(InternalServerError("Internal error: it is logged under this request's `X-Request-ID`."))
