"""The page, its parts, and the events that keep it live."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, current_app, request, send_from_directory
from werkzeug.exceptions import NotFound

from sandbox.phones import desk
from sandbox.phones.desk import Desk
from sandbox.twilio.control import only_from_here
from sandbox.twilio.exchange import Exchange
from sandbox.twilio.showing import shown, shown_content, shown_fault, shown_window, window_until

_PAGE = Path(__file__).parent / "page"
_PARTS = frozenset(path.name for path in _PAGE.iterdir())
#: Seconds that the stream waits for a message before it looks at the faults, and until it shows that it is alive.
LOOK, ALIVE = 0.25, 10.0
#: Messages in one event: the first one may hold a whole day.
AT_A_TIME = 500
#: Whatever is not from here, the browser refuses.
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
    """Return the routes of the page, for a desk."""
    routes = Blueprint("phones", __name__)
    routes.before_request(only_from_here)
    routes.after_request(_only_what_is_ours)
    routes.add_url_rule("/", view_func=page)
    routes.add_url_rule("/page/<name>", view_func=part)
    routes.add_url_rule("/sandbox/events", view_func=events)
    desk.add_routes(routes, of)
    return routes


def page() -> Response:
    """Serve the page."""
    return send_from_directory(_PAGE, "index.html", max_age=0)


def part(name: str) -> Response:
    """Serve what the page consists of."""
    if name not in _PARTS:
        raise NotFound
    return send_from_directory(_PAGE, name, max_age=0)


def events() -> Response:
    """Stream what changes: `messages` (all, then each change); `faults`, `contents`, `window`, `caption`; `cleared`."""
    exchange: Exchange = current_app.extensions["exchange"]
    last = request.headers.get("Last-Event-ID") or request.args.get("last", "")
    era, _, revision = last.partition(".")
    return Response(_changes(exchange, era, revision), mimetype="text/event-stream")


def _changes(exchange: Exchange, era: str, revision: str) -> Iterator[str]:
    """Yield events; a browser that comes back names the last one it had, `era.revision`, in the header or as ?last=."""
    ledger, told_at = exchange.ledger, time.monotonic()
    aside: dict[str, Any] = {"caption": ""}
    known = ledger.era
    resumes = era == known and revision.isdecimal()
    seen = int(revision) if resumes else 0
    if not resumes:
        yield _event("cleared", None, f"{known}.0")
    while True:
        changed = ledger.changed_since(seen, LOOK)
        if ledger.era != known:
            known, seen = ledger.era, 0
            yield _event("cleared", None, f"{known}.0")
            continue
        for start in range(0, len(changed), AT_A_TIME):
            some = changed[start : start + AT_A_TIME]
            seen, told_at = some[-1].revision, time.monotonic()
            yield _event("messages", [shown(message) for message in some], f"{known}.{seen}")
        standing = _standing(exchange)
        for name, now in standing.items():
            if aside.get(name) != now:
                told_at = time.monotonic()
                yield _event(name, now)
        aside = standing
        if time.monotonic() - told_at > ALIVE:
            told_at = time.monotonic()
            yield ": still here\n\n"


def _standing(exchange: Exchange) -> dict[str, Any]:
    """Return what is shown as it stands; until when windows are open only while that matters."""
    phones = exchange.ledger.last_by_phone() if exchange.limits.window else ()
    return {
        "faults": [shown_fault(fault) for fault in exchange.faults.all()],
        "contents": [shown_content(content) for content in exchange.contents.all()],
        "window": shown_window(exchange) | {"until": {phone: window_until(exchange, phone) for phone in phones}},
        "caption": exchange.caption,
    }


def _event(name: str, data: Any, number: str | None = None) -> str:
    return f"event: {name}\n" + (f"id: {number}\n" if number else "") + f"data: {json.dumps(data)}\n\n"


def _only_what_is_ours(response: Response) -> Response:
    response.headers["Content-Security-Policy"] = _POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers.setdefault("Cache-Control", "no-store")
    return response
