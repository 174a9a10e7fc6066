"""Gunicorn's worker: its threads get whole requests only.

Gunicorn's own threaded worker reads heads and bodies in its threads, without a time-out: sixteen clients that never
finish a request would stop everything. Here the bytes of a request are collected as they arrive, and no thread waits
for them. A client has ten seconds to send a request, and ten seconds to take the answer.
"""

import json
import socket
import time
from collections import deque
from concurrent.futures import Future
from functools import partial
from selectors import EVENT_READ
from typing import Any

import structlog
from gunicorn.http import errors
from gunicorn.workers.gthread import TConn, ThreadWorker
from werkzeug.exceptions import default_exceptions

from config.whole_requests import Arriving

log = structlog.get_logger(__name__)

#: Seconds for a whole request to arrive, for an answer to be taken, and for a client to close its side.
RECEIVE_SECONDS, SEND_SECONDS, CLOSE_SECONDS = 10.0, 10.0, 2.0
#: Bytes of an answer that the kernel takes at once, so that a slow client keeps no thread.
_SEND_BUFFER = 512 * 1024
_PIECE = 64 * 1024
#: The result of `handle` while more has to arrive.
_WAITING = object()
#: Kind of a malformed request -> status of the answer. All others: 400.
_STATUSES: dict[type[Exception], int] = {
    errors.LimitRequestLine: 414,
    errors.LimitRequestHeaders: 431,
    errors.UnsupportedTransferCoding: 501,
    errors.ExpectationFailed: 417,
}
#: Malformed headers of our own answer.
_OURS = (errors.InvalidResponseHeader, errors.InvalidResponseHeaderName)  # type: ignore[attr-defined]  # old stubs


class Connection(socket.socket):
    """A client's connection. A thread reads only what has arrived already."""

    def __init__(self, accepted: socket.socket) -> None:
        super().__init__(fileno=accepted.detach())
        self.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER)
        self.ended = self.leaving = False
        self.begin()

    def begin(self, first: bytes = b"") -> None:
        """Begin to collect a request. Its first bytes may have arrived together with the one before."""
        self.arriving, self.encouraged = Arriving(), False
        self.arriving.bytes += first
        self.deadline = time.monotonic() + RECEIVE_SECONDS

    def collect(self) -> bool:
        """Read what has arrived, without waiting. Return whether the request is whole."""
        while not self.arriving.is_whole():
            piece = self._arrived()
            if not piece:
                return False
            self.arriving.bytes += piece
        return True

    def encourage(self) -> None:
        """Answer a client that waits for "100 Continue" before it sends the body."""
        if not self.encouraged and self.arriving.expects_answer():
            self.encouraged = True
            self.send(b"HTTP/1.1 100 Continue\r\n\r\n")

    def discard(self) -> None:
        """Read and forget a piece of what still arrives: closing before would cut off the answer."""
        self._arrived()

    def recv(self, size: int, flags: int = 0) -> bytes:
        """Return collected bytes. Raise ConnectionResetError if all were returned."""
        piece = bytes(self.arriving.bytes[:size])
        if not piece:
            raise ConnectionResetError(104, "the request is longer than what was collected")
        del self.arriving.bytes[:size]
        return piece

    def sendall(self, data: Any, flags: int = 0) -> None:
        """Send data. Raise ConnectionResetError if the client does not take it in time."""
        self.settimeout(SEND_SECONDS)
        try:
            super().sendall(data, flags)
        except TimeoutError as error:
            raise ConnectionResetError(104, "the client does not take the answer") from error

    def _arrived(self) -> bytes:
        self.setblocking(False)
        try:
            piece = super().recv(_PIECE)
        except BlockingIOError:
            return b""
        except OSError:
            piece = b""
        self.ended = not piece
        return piece


class Worker(ThreadWorker):
    """The threaded worker, on whole requests."""

    def handle(self, conn: TConn) -> Any:
        """Handle a request if it is whole. Return whether the connection is kept, or that more has to arrive."""
        sock = conn.sock = conn.sock if isinstance(conn.sock, Connection) else Connection(conn.sock)
        if sock.leaving:
            sock.discard()
            return not sock.ended and _WAITING
        if not sock.collect():
            sock.encourage()
            return not sock.ended and _WAITING
        if sock.arriving.has_large_head():
            self.handle_error(None, sock, conn.client, errors.LimitRequestHeaders("head"))
            return False
        conn.data_ready = True
        kept = super().handle(conn)
        if kept:
            parser: Any = conn.parser
            sock.begin(parser.unreader.take_buffered() + bytes(sock.arriving.bytes))
        return kept

    def finish_request(self, conn: TConn, fs: "Future[Any]") -> None:
        """Wait for more bytes, or for the next request, or close the connection. Runs in the main thread."""
        result = not fs.cancelled() and not fs.exception() and fs.result()
        sock = _of(conn)
        if result is _WAITING and (self.alive or sock.arriving.bytes):
            self._wait(conn)
        elif result and result is not _WAITING:
            if sock.arriving.bytes:
                self.enqueue_req(conn)
            else:
                super().finish_request(conn, fs)
        elif self.alive and not sock.ended and not sock.leaving:
            self._leave(conn)
        else:
            self._close(conn)

    def on_client_socket_readable(self, conn: TConn, client: socket.socket) -> None:
        """Begin the next request of a kept connection."""
        _of(conn).begin()
        super().on_client_socket_readable(conn, client)

    def murder_pending(self) -> None:
        """Close connections whose time is over. A worker that stops closes those without a request, too."""
        for conn in self.pending_conns:
            if not self.alive and not _of(conn).arriving.bytes:
                conn.timeout = 0.0
        self.pending_conns = deque(sorted(self.pending_conns, key=lambda conn: conn.timeout or 0.0))
        super().murder_pending()

    def handle_error(self, req: Any, client: socket.socket, addr: Any, exc: BaseException) -> None:
        """Answer a malformed request with an error of the API's shape. Its content is neither shown nor logged."""
        is_malformed = isinstance(exc, errors.ParseException) and not isinstance(exc, _OURS)
        code = next((code for kind, code in _STATUSES.items() if isinstance(exc, kind)), 400) if is_malformed else 500
        if is_malformed:
            log.warning("malformed request refused", cause=type(exc).__name__, status=code)
        else:
            log.error("request failed", exc_info=exc)
        error = default_exceptions[code]()
        body = json.dumps({"code": code, "status": error.name, "message": error.description, "errors": {}})
        head = f"HTTP/1.1 {code} {error.name}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        try:
            client.sendall(f"{head}Cache-Control: no-store\r\nConnection: close\r\n\r\n{body}".encode())
        except OSError:
            log.info("client left before its answer")

    def _wait(self, conn: TConn) -> None:
        sock = _of(conn)
        conn.timeout = sock.deadline
        if conn.timeout <= time.monotonic():
            self._close(conn)
            return
        sock.setblocking(False)
        self.pending_conns.append(conn)
        self.poller.register(sock, EVENT_READ, partial(self.on_pending_socket_readable, conn))

    def _leave(self, conn: TConn) -> None:
        """Close our side, and wait for the client to close its own. The main thread must not wait for that."""
        sock = _of(conn)
        sock.leaving, sock.deadline, sock.arriving = True, time.monotonic() + CLOSE_SECONDS, Arriving()
        try:
            sock.shutdown(socket.SHUT_WR)
        except OSError:
            self._close(conn)
        else:
            self._wait(conn)

    def _close(self, conn: TConn) -> None:
        self.nr_conns -= 1
        conn.close()


def _of(conn: TConn) -> Connection:
    assert isinstance(conn.sock, Connection)  # `handle` has made it one
    return conn.sock
