"""The Flask app: `create_app()` joins the API, the webhooks, the commands, the errors and the log of requests."""

import re
import time
import uuid
from typing import Any

import click
import structlog
from flask import Flask, Request, Response, current_app, g, request
from flask.sessions import NullSession, SessionInterface

from config import logs, whole_requests
from config.settings import SettingsError, settings
from dispatch import cli, stores, webhooks
from dispatch.access import keys
from dispatch.api import agents, clients, docs, job_lists, job_moves, jobs, messages, properties, root, why
from dispatch.api.plumbing import bodies, errors, idempotency, openapi
from dispatch.api.plumbing.blueprint import Api

log = structlog.get_logger(__name__)

MAX_BODY = whole_requests.LARGEST_BODY
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
_COLLECTION, _INSIDE = re.compile("/api/[^/]+|/docs"), re.compile("/api/(?!webhooks/)[^/]+/.*/", re.DOTALL)
_OPENAPI = {
    "info": {"description": openapi.INTRODUCTION, "license": {"name": "MIT"}},
    "security": [{"key": []}, {"bearer": []}],
    "components": {
        "securitySchemes": {
            "key": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
            "bearer": {"type": "http", "scheme": "bearer"},
        }
    },
}


def create_app() -> Flask:
    """Return the app, built from the settings. It has no connections: call `stores.connect()` after fork."""
    app = Flask("dispatch", static_folder=None)
    _apply_settings(app)
    app.config.update(
        MAX_CONTENT_LENGTH=MAX_BODY,
        MAX_FORM_MEMORY_SIZE=MAX_BODY,
        API_TITLE=root.NAME,
        API_VERSION=root.VERSION,
        OPENAPI_VERSION="3.0.3",
        PREPARE_STORES=stores.prepare,
        PROBES={"mongodb": stores.ping_mongodb, "redis": stores.ping_redis},
    )
    app.session_interface = _NoSessions()
    app.json.sort_keys = False  # type: ignore[attr-defined]
    # /api/jobs and /api/jobs/ both work: a redirect would lose the body of a POST.
    app.url_map.strict_slashes = False
    app.url_map.merge_slashes = False
    app.wsgi_app = bodies.with_readable_body(_with_corrected_slash(app.wsgi_app))  # type: ignore[method-assign]
    app.before_request(_begin)
    app.before_request(keys.check)
    app.before_request(_prepare)
    app.before_request(idempotency.begin)
    # Flask runs the last one first.
    app.after_request(_finish)
    app.after_request(idempotency.finish)
    _register(app)
    return app


def _apply_settings(app: Flask) -> None:
    """Set up the logs and the secret key. Raise SettingsError if a setting is wrong.

    Within `flask …` a wrong setting is ignored here, so that `--help` works without settings. A command that needs
    them reads them itself, and fails then.
    """
    try:
        found = settings()
    except SettingsError:
        if click.get_current_context(silent=True) is None:
            raise
        return
    logs.set_up(found.logs.level, found.logs.format)
    app.config["SECRET_KEY"] = found.web.secret_key


class _NoSessions(SessionInterface):
    """No sessions: nobody logs in, so no cookie is read."""

    def open_session(self, app: Flask, request: Request) -> NullSession:
        return NullSession()


def _register(app: Flask) -> None:
    api = Api(app, spec_kwargs=_OPENAPI)
    for resource in (
        jobs.blp,
        job_lists.blp,
        job_moves.blp,
        why.blp,
        agents.blp,
        clients.blp,
        properties.blp,
        messages.blp,
        root.blp,
    ):
        api.register_blueprint(resource)
    app.register_blueprint(webhooks.blp)
    app.register_blueprint(docs.blp)
    errors.register(app)
    cli.register(app)


def _with_corrected_slash(serve: Any) -> Any:
    """Return an app that corrects the final slash of a path: /api/jobs/ and /docs/ have one, /api/jobs/1 has none.

    Werkzeug does this, too, but not for ids that may contain slashes, and it answers 405 for a collection. Paths of
    Twilio's webhooks are not changed: Twilio signs the path as it is.
    """

    def serve_corrected(environ: dict[str, Any], start_response: Any) -> Any:
        if _INSIDE.fullmatch(environ["PATH_INFO"]):
            environ["PATH_INFO"] = environ["PATH_INFO"].removesuffix("/")
        elif _COLLECTION.fullmatch(environ["PATH_INFO"]):
            environ["PATH_INFO"] += "/"
        return serve(environ, start_response)

    return serve_corrected


def _prepare() -> None:
    """Create missing indexes before the API reads or writes. Webhooks do so themselves: they must not fail here."""
    if request.endpoint == "service.detail":  # it shows the state of the stores: it must work without them
        return
    if request.endpoint and keys.public_because(request.endpoint) is None:
        current_app.config["PREPARE_STORES"]()


def _begin() -> None:
    given = request.headers.get("X-Request-ID", "")
    g.request_id = given if _REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
    g.began = time.perf_counter()
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request=g.request_id)


def _finish(response: Response) -> Response:
    response.headers["X-Request-ID"] = g.request_id
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers.setdefault("Cache-Control", "no-store")  # answers contain personal data
    # Log the route, never the path or the query: these may contain phone numbers.
    log.info(
        "request",
        method=request.method,
        route=request.url_rule.rule if request.url_rule else None,
        status=response.status_code,
        ms=round((time.perf_counter() - g.began) * 1000, 1),
    )
    structlog.contextvars.clear_contextvars()
    return response
