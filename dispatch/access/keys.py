"""The API key: every route requires the key unless the route is marked as public, with a reason."""

import hmac
from collections.abc import Callable
from typing import TypeVar

from flask import current_app, request
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import Unauthorized

from config.settings import settings

View = TypeVar("View", bound=Callable[..., object])


def public(why: str) -> Callable[[View], View]:
    """Make a view public. `why` is the reason, for readers of the code."""

    def mark(view: View) -> View:
        view.__dict__["public_because"] = why
        return view

    return mark


def public_because(endpoint: str | None) -> str | None:
    """Return why this endpoint is public. Return None if it requires the key."""
    view = current_app.view_functions.get(endpoint or "")
    return getattr(view, "public_because", None)


def check() -> None:
    """Refuse a request without the key that its route requires. Raises Unauthorized.

    Without the key, /api shows nothing: unknown paths are refused in the same way.
    """
    if request.endpoint is None and not request.path.startswith("/api"):
        return
    if public_because(request.endpoint) is None and not _holds_key():
        raise Unauthorized(
            "Send the API key, as `Authorization: Bearer …` or as `X-API-Key: …`.",
            www_authenticate=WWWAuthenticate("bearer", {"realm": "dispatch"}),
        )


def _holds_key() -> bool:
    """Whether the request has the key. X-API-Key comes first: Authorization may then belong to a proxy."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    offered = request.headers.get("X-API-Key", token.strip() if scheme.lower() == "bearer" else "")
    # WSGI decodes header bytes as latin-1. compare_digest accepts any bytes, but only ASCII text.
    return hmac.compare_digest(offered.encode("latin-1", "replace"), settings().web.api_key.encode())
