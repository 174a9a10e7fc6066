"""Routes of the phones page: the page, its files, and its event stream."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, current_app, request, send_from_directory

from sandbox.phones import desk
from sandbox.phones.desk import Desk
from sandbox.twilio.exchange import NO_CAPTION, Exchange
from sandbox.twilio.numbers import is_number
from sandbox.twilio.showing import content_json, fault_json, message_json, window_end, window_json

_PAGE = Path(__file__).parent / "page"
#: Seconds that the stream waits for a message before it checks the faults; seconds of silence before a keep-alive.
LOOK, ALIVE = 0.25, 10.0
#: Messages in one event. A new page gets all messages of the day, in events of this size.
BATCH = 500
#: The browser loads files from this server only.
_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "form-action 'none'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)


def pages(of: Desk) -> Blueprint:
    """Return the page's routes for a desk."""
    routes = Blueprint("phones", __name__)
    routes.after_request(_add_security_headers)
    routes.add_url_rule("/", view_func=page)
    routes.add_url_rule("/page/<name>", view_func=file)
    routes.add_url_rule("/sandbox/events", view_func=events)
    desk.add_routes(routes, of)
    return routes


def page() -> Response:
    """Serve the page."""
    return send_from_directory(_PAGE, "index.html", max_age=0)


def file(name: str) -> Response:
    """Serve a file of the page. Raises NotFound."""
    return send_from_directory(_PAGE, name, max_age=0)


def events() -> Response:
    """Stream events: `messages` (all, then each change), `faults`, `contents`, `window`, `caption`, `cleared`."""
    exchange: Exchange = current_app.extensions["exchange"]
    exchange.watched = True
    last = request.headers.get("Last-Event-ID") or request.args.get("last", "")
    era, _, revision = last.partition(".")
    return Response(_changes(exchange, era, revision), mimetype="text/event-stream")


def _changes(exchange: Exchange, era: str, revision: str) -> Iterator[str]:
    """Yield events. A browser that reconnects sends the id of its last event, `era.revision`, and gets the rest."""
    ledger, sent_at = exchange.ledger, time.monotonic()
    shown_state: dict[str, Any] = {"caption": NO_CAPTION}
    known = ledger.era
    resumes = era == known and is_number(revision)
    seen = int(revision) if resumes else 0
    if not resumes:
        yield _event("cleared", None, f"{known}.0")
    while True:
        changed = ledger.changed_since(seen, LOOK)
        if ledger.era != known:
            known, seen = ledger.era, 0
            yield _event("cleared", None, f"{known}.0")
            continue
        for start in range(0, len(changed), BATCH):
            some = changed[start : start + BATCH]
            seen, sent_at = some[-1].revision, time.monotonic()
            yield _event("messages", [message_json(message) for message in some], f"{known}.{seen}")
        current = _state(exchange)
        for name, now in current.items():
            if shown_state.get(name) != now:
                sent_at = time.monotonic()
                yield _event(name, now)
        shown_state = current
        if time.monotonic() - sent_at > ALIVE:
            sent_at = time.monotonic()
            yield ": still here\n\n"


def _state(exchange: Exchange) -> dict[str, Any]:
    """Return the current faults, templates, window and caption; each phone's window only while it is enforced."""
    phones = exchange.ledger.last_by_phone() if exchange.limits.window else ()
    return {
        "faults": [fault_json(fault) for fault in exchange.faults.all()],
        "contents": [content_json(content) for content in exchange.contents.all()],
        "window": window_json(exchange) | {"until": {phone: window_end(exchange, phone) for phone in phones}},
        "caption": exchange.caption,
    }


def _event(name: str, data: Any, number: str | None = None) -> str:
    return f"event: {name}\n" + (f"id: {number}\n" if number else "") + f"data: {json.dumps(data)}\n\n"


def _add_security_headers(response: Response) -> Response:
    response.headers["Content-Security-Policy"] = _POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers.setdefault("Cache-Control", "no-store")
    return response
