"""Twilio's Content routes: create, list, fetch, delete and submit templates; fetch their approval."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from sandbox.twilio import api, content_answers, templates
from sandbox.twilio.api import exchange
from sandbox.twilio.checking import RefusedError
from sandbox.twilio.contents import Content

PREFIX = "/v1/"
routes = Blueprint("content", __name__, url_prefix=PREFIX.rstrip("/"))
routes.before_request(api.require_credentials)
routes.register_error_handler(RefusedError, api.refuse)


@routes.post("/Content")
def create() -> ResponseReturnValue:
    """Create a Content. Raises RefusedError."""
    content = Content(**templates.check_content(_json()))
    exchange().contents.add(content)
    return jsonify(content_answers.content_body(content, exchange().account.sid, request.host_url)), 201


@routes.get("/Content")
def listing() -> ResponseReturnValue:
    """Return a page of Contents."""
    sid = exchange().account.sid
    return _page(lambda content: content_answers.content_body(content, sid, request.host_url))


@routes.get("/ContentAndApprovals")
def listing_with_approvals() -> ResponseReturnValue:
    """Return a page of Contents, each with its approval."""
    sid = exchange().account.sid
    return _page(lambda content: content_answers.with_approval(content, sid))


@routes.get("/Content/<sid>")
def fetch(sid: str) -> ResponseReturnValue:
    """Return one Content. Raises RefusedError."""
    return jsonify(content_answers.content_body(_content(sid), exchange().account.sid, request.host_url))


@routes.delete("/Content/<sid>")
def delete(sid: str) -> ResponseReturnValue:
    """Delete a Content; messages sent with it stay. Raises RefusedError."""
    if not exchange().contents.delete(sid):
        raise RefusedError(20404, request.path)
    return "", 204


@routes.post("/Content/<sid>/ApprovalRequests/whatsapp")
def submit(sid: str) -> ResponseReturnValue:
    """Submit a Content to Meta. The answer says `received`; later answers say `pending`. Raises RefusedError."""
    content = _content(sid)
    exchange().contents.submit(content, *templates.check_submission(_json()))
    answer = jsonify(content_answers.approval(content))
    exchange().contents.begin_review(content)
    return answer, 201


@routes.get("/Content/<sid>/ApprovalRequests")
def approval(sid: str) -> ResponseReturnValue:
    """Return a Content's approval. Raises RefusedError."""
    return jsonify(content_answers.approval_body(_content(sid), exchange().account.sid, request.host_url))


def _page(shown: Callable[[Content], dict[str, Any]]) -> ResponseReturnValue:
    contents = exchange().contents.all()
    return jsonify(content_answers.page_body(contents, shown, request.args, request.base_url))


def _content(sid: str) -> Content:
    content = exchange().contents.get(sid)
    if content is None:
        raise RefusedError(20404, request.path)
    return content


def _json() -> Any:
    if not request.is_json:
        raise RefusedError(20001, "The body must be application/json")
    given = request.get_json(silent=True)
    if given is None:
        raise RefusedError(20001, "The body is not JSON")
    return given
