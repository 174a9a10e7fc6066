"""A small threaded HTTP server on 127.0.0.1 with kept-alive connections, like Twilio's."""

import io
import socket
from http import HTTPStatus

from flask import Flask
from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler
from werkzeug.test import run_wsgi_app

from sandbox.twilio.numbers import is_number

HOST = "127.0.0.1"
MAX_REQUEST = 1_000_000
BACKLOG = 1024  # waiting connections, when many senders start at once


class Handler(WSGIRequestHandler):
    """Serves many requests on one connection; werkzeug's own handler closes it after each."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # send the body right after the head
    server: "Server"

    def run_wsgi(self) -> None:
        """Read a whole request, call the app, write the answer."""
        length = self.headers.get("Content-Length", "0")
        if "Transfer-Encoding" in self.headers or not is_number(length):
            self.send_error(HTTPStatus.LENGTH_REQUIRED)  # also closes the connection, as the body is unread
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
            self.send_header("Connection", "close")  # an event stream: the end of the connection ends it
        self.end_headers()
        try:
            for part in body if self.command != "HEAD" else ():
                self.wfile.write(part)
        finally:
            if hasattr(body, "close"):
                body.close()

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Log nothing: the URL of a list request contains phone numbers."""


class Server(ThreadedWSGIServer):
    """Serves an app until stop(), which closes all connections."""

    def __init__(self, app: Flask, port: int) -> None:
        self._open: set[socket.socket] = set()
        # Bind here: werkzeug would print and exit if the port is busy, instead of raising OSError.
        with socket.create_server((HOST, port), backlog=BACKLOG) as listening:
            super().__init__(HOST, port, app, Handler, fd=listening.fileno())

    def process_request(self, request: socket.socket, client_address: tuple[str, int]) -> None:  # type: ignore[override]
        """Serve a connection on its own thread."""
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: socket.socket) -> None:  # type: ignore[override]
        """Close a connection."""
        self._open.discard(request)
        super().shutdown_request(request)

    def stop(self) -> None:
        """Stop to listen and close all connections, so that clients notice."""
        self.shutdown()
        self.server_close()
        for connection in list(self._open):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue  # already closed
