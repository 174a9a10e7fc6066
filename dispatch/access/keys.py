"""Who may call a route: the platform with its key, unless the route says why anybody may."""

import hmac
from collections.abc import Callable
from typing import TypeVar

from flask import current_app, request
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import Unauthorized

from config.settings import settings

View = TypeVar("View", bound=Callable[..., object])


def public(why: str) -> Callable[[View], View]:
    """Let anybody call a view; `why` is for whoever reads the code."""

    def mark(view: View) -> View:
        view.__dict__["public_because"] = why
        return view

    return mark


def public_because(endpoint: str | None) -> str | None:
    """Return why anybody may call this endpoint; None when a key is needed."""
    view = current_app.view_functions.get(endpoint or "")
    return getattr(view, "public_because", None)


def check() -> None:
    """Refuse a request that needs a key and has none. Raises Unauthorized.

    A stranger learns nothing about /api, not even which paths exist in it.
    """
    if request.endpoint is None and not request.path.startswith("/api"):
        return
    if public_because(request.endpoint) is None and not _holds_key():
        raise Unauthorized(
            "Send the API key, as `Authorization: Bearer …` or as `X-API-Key: …`.",
            www_authenticate=WWWAuthenticate("bearer", {"realm": "dispatch"}),
        )


def _holds_key() -> bool:
    """Tell whether the key came. X-API-Key decides when it is there: Authorization may then be a proxy's own."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    offered = request.headers.get("X-API-Key", token.strip() if scheme.lower() == "bearer" else "")
    # WSGI hands header bytes over as latin-1; compare_digest takes bytes of any kind, but only ASCII text.
    return hmac.compare_digest(offered.encode("latin-1", "replace"), settings().web.api_key.encode())
