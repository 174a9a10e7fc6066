"""flask-smorest with our rules: strict parsing, flat validation errors, every failure documented."""

import json
import math
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, NoReturn, TypeVar

import flask
import flask_smorest
import marshmallow
from flask import current_app, request
from webargs.core import missing
from webargs.flaskparser import FlaskParser, abort, is_json_request

from dispatch.access import keys
from dispatch.api.plumbing import idempotency
from dispatch.api.schemas.errors import ErrorSchema

View = TypeVar("View", bound=Callable[..., Any])

#: Errors that any route with a key may answer, beside its own errors.
ALWAYS = (401, 405, 413, 422, 500, 503)
#: No accepted number has more digits. Python refuses to read a number with thousands of digits.
_MOST_DIGITS = 300
#: Empty bodies. Many clients send `{}` with every POST.
_EMPTY = (b"", b"{}")


class Parser(FlaskParser):
    """A strict JSON parser: unknown fields and unknown query parameters are refused by name."""

    DEFAULT_UNKNOWN_BY_LOCATION = {**FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION, "query": marshmallow.RAISE}

    def _raw_load_json(self, req: flask.Request) -> Any:
        body = req.get_data()
        if not body and not req.content_type:
            return missing
        if not is_json_request(req):
            abort(415, message="Send the body as application/json.")
        if len(body) >= (req.max_content_length or math.inf):
            abort(413)  # a chunked body has no length: Werkzeug cuts it off at the limit and reports nothing
        if not body:
            return missing
        try:
            return json.loads(
                body.decode(),
                parse_constant=_refuse_constant,
                parse_int=_whole_number,
                parse_float=idempotency.number,
            )
        except (ValueError, RecursionError):  # JSONDecodeError and UnicodeDecodeError are ValueErrors
            abort(400, message="The body is not valid JSON, or nested too deeply.")

    def handle_error(self, error: marshmallow.ValidationError, *args: Any, **kwargs: Any) -> NoReturn:
        """Answer 422. webargs nests the messages under "json" or "query": the client gets them without that level."""
        (errors,) = error.normalized_messages().values()
        abort(422, message="Some fields are not valid.", errors=errors)


class Blueprint(flask_smorest.Blueprint):
    """A resource of the API."""

    ARGUMENTS_PARSER = Parser()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._prepare_doc_cbks.append(_document_key)
        self.before_request(_refuse_the_undocumented)

    def arguments(self, schema: Any, *, location: str = "json", **documented: Any) -> Callable[[View], View]:
        """Read arguments by a schema, and note their location (body, query or path) on the view."""
        decorate = super().arguments(schema, location=location, **documented)

        def take(view: View) -> View:
            taking = decorate(view)
            taking.__dict__["takes"] = {location, *getattr(view, "takes", ())}
            return taking

        return take

    def response(self, status_code: int, schema: Any = None, **documented: Any) -> Callable[[View], View]:
        """Answer with a schema. The schema's `SHOWN` is the documented example."""
        example = getattr(schema, "SHOWN", None)
        if example is not None:
            documented.setdefault("example", [example] if schema.many else example)
        return super().response(status_code, schema, **documented)

    def fails(self, *codes: int) -> Callable[[View], View]:
        """Document that a view may answer these codes and the codes of every view."""

        def document(view: View) -> View:
            for code in sorted({*codes, *ALWAYS}):
                view = self.alt_response(code, response=HTTPStatus(code).name)(view)
            return view

        return document


class Api(flask_smorest.Api):
    """The API and its OpenAPI document. Every status is documented by name, none by default."""

    DEFAULT_ERROR_RESPONSE_NAME = None
    ERROR_SCHEMA = ErrorSchema

    def _register_error_handlers(self) -> None:
        """Register nothing: `errors.register` does so for the whole app."""


def _refuse_the_undocumented() -> None:
    """Refuse input that no schema checks: an undocumented query or body, and a parameter that is given twice."""
    endpoint = current_app.view_functions[request.endpoint or ""]
    if keys.public_because(request.endpoint) or request.method == "OPTIONS":
        return  # load balancers may add parameters of their own
    view_class = getattr(endpoint, "view_class", None)
    view = getattr(view_class, request.method.lower(), None) or getattr(view_class, "get", endpoint)
    takes = getattr(view, "takes", ())
    given = dict(request.args.lists())
    unknown = {} if "query" in takes else {name: ["Unknown field."] for name in given}
    if errors := {name: ["Given more than once."] for name in given if len(given[name]) > 1} | unknown:
        abort(422, message="Some fields are not valid.", errors=errors)
    if "json" not in takes and idempotency.canonical(request.get_data()) not in _EMPTY:
        abort(422, message="This operation takes no body.", errors={"body": ["Unknown field."]})


def _document_key(operation: dict[str, Any], *args: Any, method: str, **kwargs: Any) -> dict[str, Any]:
    """Document the Idempotency-Key of every POST, and the errors that it may cause."""
    if method == "post":
        operation.setdefault("parameters", []).append(idempotency.PARAMETER)
        for code in idempotency.FAILURES:
            operation["responses"].setdefault(str(code), HTTPStatus(code).name)
    return operation


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _whole_number(digits: str) -> int | float:
    return int(digits) if len(digits) <= _MOST_DIGITS else math.copysign(math.inf, -1 if digits[0] == "-" else 1)
