"""A small threaded HTTP server on 127.0.0.1 that keeps connections alive, as Twilio's does."""

import io
import socket
from http import HTTPStatus

from flask import Flask
from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler
from werkzeug.test import run_wsgi_app

HOST = "127.0.0.1"
MAX_REQUEST = 1_000_000
BACKLOG = 1024  # connections that may wait while many senders start at once


class Handler(WSGIRequestHandler):
    """Answers any number of requests on one connection; werkzeug's own closes it after each."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # the body follows the head at once
    server: "Server"

    def run_wsgi(self) -> None:
        """Read one request whole, let the app answer, write the answer."""
        length = self.headers.get("Content-Length", "0")
        if "Transfer-Encoding" in self.headers or not length.isdecimal():
            self.send_error(HTTPStatus.LENGTH_REQUIRED)  # and closes, since the body stays unread
            return
        if int(length) > MAX_REQUEST:
            self.send_error(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            return
        self.environ = environ = self.make_environ()
        environ["wsgi.input"] = io.BytesIO(self.rfile.read(int(length)))
        body, status, headers = run_wsgi_app(self.server.app, environ)
        code, _, phrase = status.partition(" ")
        self.send_response(int(code), phrase)
        for name, value in headers:
            self.send_header(name, value)
        if "Content-Length" not in headers and int(code) != HTTPStatus.NO_CONTENT:
            self.send_header("Connection", "close")  # a stream of events: it ends with its connection
        self.end_headers()
        try:
            for part in body if self.command != "HEAD" else ():
                self.wfile.write(part)
        finally:
            if hasattr(body, "close"):
                body.close()

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Keep quiet: a list request's URL holds phone numbers."""


class Server(ThreadedWSGIServer):
    """Serves an app until stopped, and then leaves no connection open."""

    def __init__(self, app: Flask, port: int) -> None:
        self._open: set[socket.socket] = set()
        # Bound here: werkzeug would print and exit when the port is busy, instead of raising OSError.
        with socket.create_server((HOST, port), backlog=BACKLOG) as listening:
            super().__init__(HOST, port, app, Handler, fd=listening.fileno())

    def process_request(self, request: socket.socket, client_address: tuple[str, int]) -> None:  # type: ignore[override]
        """Serve a connection on a thread of its own."""
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: socket.socket) -> None:  # type: ignore[override]
        """Close a connection."""
        self._open.discard(request)
        super().shutdown_request(request)

    def stop(self) -> None:
        """Stop listening and cut what is still connected, so that a client sees that Twilio is gone."""
        self.shutdown()
        self.server_close()
        for connection in list(self._open):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue  # it was closing by itself
