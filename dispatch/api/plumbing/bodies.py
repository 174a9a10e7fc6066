"""Bodies of requests: one that can't be read is the client's fault."""

from typing import Any


class Body:
    """The body as the server gives it. Every failure to read it is an OSError, which Werkzeug answers with 400.

    Gunicorn has errors of its own for malformed chunks. Their texts contain what the client sent.
    """

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def read(self, size: int = -1) -> bytes:
        """Return up to `size` bytes. Raises OSError."""
        try:
            return bytes(self._stream.read(size))
        except Exception as error:  # noqa: BLE001 (servers raise errors of their own)
            raise OSError(f"The body can't be read ({type(error).__name__}).") from None


def with_readable_body(serve: Any) -> Any:
    """Return an app whose requests have such a body."""

    def serve_readable(environ: dict[str, Any], start_response: Any) -> Any:
        environ["wsgi.input"] = Body(environ["wsgi.input"])
        return serve(environ, start_response)

    return serve_readable
