"""A Flask app behind an address of its own on this machine."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask

from sandbox.twilio.server import HOST, Server


@contextmanager
def serving(app: Flask) -> Iterator[str]:
    """Serve an app; its address."""
    server = Server(app, 0)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"http://{HOST}:{server.port}"
    finally:
        server.stop()
        thread.join()
