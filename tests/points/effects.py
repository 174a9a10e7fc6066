"""Records the effects of a process (writes and POSTs) by instrumentation, and can kill it before one of them.

Nothing outside of the process changes between two effects: a kill before the second is the same as a kill after the
first. A kill before each effect and one after the last therefore cover all points. For the same reason reads from
MongoDB, Redis and Twilio are no points.
"""

import os
import re
import signal
import threading
from collections.abc import Callable
from typing import Any

import redis.connection
import requests
from pymongo import monitoring
from requests.adapters import HTTPAdapter

from dispatch import stores
from dispatch.actions.clock import due
from dispatch.actions.inbox import acts
from dispatch.actions.jobs import consequences
from dispatch.channels.whatsapp import client

WRITES = frozenset({"insert", "update", "delete", "findAndModify", "bulkWrite"})
#: Redis commands that do not change our data: reads, the handshake, and Kombu's registry of queues.
NO_EFFECT = frozenset(
    {
        "PING",
        "HELLO",
        "CLIENT",
        "SELECT",
        "AUTH",
        "LLEN",
        "LRANGE",
        "GET",
        "SMEMBERS",
        "SADD",
        "SCRIPT",
        "MULTI",
        "EXEC",
    }
)
#: Tables of the product -> what their entries are called in a report.
TABLES: dict[str, dict[Any, Callable[..., Any]]] = {
    "act": acts._ACTS,
    "event": consequences.CONSEQUENCES,
    "timer": due._EFFECTS,
}


class Effects(monitoring.CommandListener):
    """Records effects and the entries of the product's tables that ran; kills the process before its nth effect."""

    def __init__(self, dies_at: int | None = None) -> None:
        self.dies_at, self.seen, self.ran = dies_at, [], set()
        self._lock = threading.Lock()

    def record(self, what: str) -> None:
        """Record an effect, or kill the process before it."""
        with self._lock:
            self.seen.append(what)
            if len(self.seen) == self.dies_at:
                os.kill(os.getpid(), signal.SIGKILL)

    def watch(self) -> None:
        """Record all following effects of this process. This cannot be undone, so use it in a forked process."""
        stores.connect(listeners=[self])
        stores._prepared.set()  # the test has created the indexes
        client.twilio.cache_clear()  # its connections belong to the parent
        self._watch_redis()
        self._watch_http()
        for table, entries in TABLES.items():
            for name, act in entries.items():
                entries[name] = self._noting(f"{table} {name}", act)

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        """Called by MongoDB's driver before it sends a command."""
        if event.command_name in WRITES:
            self.record(f"{event.command_name} {event.command[event.command_name]}")

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        """Nothing to do."""

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        """Nothing to do."""

    def _watch_redis(self) -> None:
        send = redis.connection.AbstractConnection.send_packed_command

        def watched(connection: Any, command: Any, check_health: bool = True) -> None:
            packed = command if isinstance(command, bytes | str) else b"".join(command)
            if effects := _commands(packed if isinstance(packed, bytes) else packed.encode()) - NO_EFFECT:
                self.record(f"redis {' '.join(sorted(effects))}")
            send(connection, command, check_health)

        redis.connection.AbstractConnection.send_packed_command = watched

    def _watch_http(self) -> None:
        send = HTTPAdapter.send

        def watched(adapter: HTTPAdapter, request: requests.PreparedRequest, **how: Any) -> requests.Response:
            if request.method != "POST":
                return send(adapter, request, **how)
            self.record(f"POST {request.path_url.rpartition('/')[2]}")
            answer = send(adapter, request, **how)
            self.record("accepted, answer unread")
            return answer

        HTTPAdapter.send = watched

    def _noting(self, name: str, act: Callable[..., Any]) -> Callable[..., Any]:
        def noted(*args: Any) -> Any:
            self.ran.add(name)
            return act(*args)

        return noted


def _commands(packed: bytes) -> set[str]:
    """Return the names of the commands in the data sent to Redis."""
    return {name.decode().upper() for name in re.findall(rb"(?:^|\r\n)\*\d+\r\n\$\d+\r\n(\w+)", packed)}
