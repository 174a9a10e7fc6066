"""The page that documents the API: Swagger UI from its package. The page loads nothing from other hosts."""

from importlib.resources import files
from pathlib import Path

from flask import Blueprint, Response, abort, send_from_directory

from dispatch.access.keys import public

_SWAGGER_UI = Path(str(files("flask_swagger_ui"))) / "dist"
_OURS = Path(__file__).parent / "page"
#: Each file that the page may load, and its directory.
_PARTS = {path.name: path.parent for directory in (_SWAGGER_UI, _OURS) for path in directory.iterdir()}
#: Seconds that a browser may keep a file before it asks again.
_MAX_AGE = 3600
#: The browser refuses everything from other hosts. Swagger UI writes styles into its elements, and its icons are data.
_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)

blp = Blueprint("docs", __name__, url_prefix="/docs")


@blp.after_request
def _refuse_other_hosts(response: Response) -> Response:
    response.headers["Content-Security-Policy"] = _POLICY
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


@blp.route("/")
@public("it documents the API and holds no data")
def page() -> Response:
    """Serve the page."""
    return send_from_directory(_OURS, "index.html")


@blp.route("/<name>")
@public("it is a file of the documentation page")
def part(name: str) -> Response:
    """Serve a file of the page."""
    if name not in _PARTS:
        abort(404)
    return send_from_directory(_PARTS[name], name, max_age=_MAX_AGE)
