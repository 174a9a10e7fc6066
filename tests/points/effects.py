"""What a process does to the world, found by instrumentation: writes and POSTs; it dies at one of them.

Between two effects nothing outside of the process changes: to be killed before the second is to be killed after the
first. So it is killed before each and after the last, which covers before and after all of them. What MongoDB or Redis
is only asked (and Twilio, in a look-up) is no point for the same reason.
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
#: Redis commands that change nothing of ours: what is asked, the handshake, and Kombu's own notes of its queues.
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
    "timer": due._DUE,
}


class Effects(monitoring.CommandListener):
    """Notes each effect just before it comes, and which entries of the product's tables ran; dies before the nth."""

    def __init__(self, dies_at: int | None = None) -> None:
        self.dies_at, self.seen, self.ran = dies_at, [], set()
        self._lock = threading.Lock()

    def comes(self, what: str) -> None:
        """Note an effect, or die."""
        with self._lock:
            self.seen.append(what)
            if len(self.seen) == self.dies_at:
                os.kill(os.getpid(), signal.SIGKILL)

    def watch(self) -> None:
        """Look at all that this process does from here on; never to be undone, so for a process of its own."""
        stores.connect(listeners=[self])
        stores._prepared.set()  # the indexes stand: the test has made them
        client.twilio.cache_clear()  # whose connections are the parent's
        self._watch_redis()
        self._watch_http()
        for table, entries in TABLES.items():
            for name, act in entries.items():
                entries[name] = self._noting(f"{table} {name}", act)

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        """Called by MongoDB's driver just before it sends a command."""
        if event.command_name in WRITES:
            self.comes(f"{event.command_name} {event.command[event.command_name]}")

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        """Nothing to do."""

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        """Nothing to do."""

    def _watch_redis(self) -> None:
        send = redis.connection.AbstractConnection.send_packed_command

        def watched(connection: Any, command: Any, check_health: bool = True) -> None:
            packed = command if isinstance(command, bytes | str) else b"".join(command)
            if effects := _commands(packed if isinstance(packed, bytes) else packed.encode()) - NO_EFFECT:
                self.comes(f"redis {' '.join(sorted(effects))}")
            send(connection, command, check_health)

        redis.connection.AbstractConnection.send_packed_command = watched

    def _watch_http(self) -> None:
        send = HTTPAdapter.send

        def watched(adapter: HTTPAdapter, request: requests.PreparedRequest, **how: Any) -> requests.Response:
            if request.method != "POST":
                return send(adapter, request, **how)
            self.comes(f"POST {request.path_url.rpartition('/')[2]}")
            answer = send(adapter, request, **how)
            self.comes("taken, and nobody has read the answer")
            return answer

        HTTPAdapter.send = watched

    def _noting(self, name: str, act: Callable[..., Any]) -> Callable[..., Any]:
        def noted(*args: Any) -> Any:
            self.ran.add(name)
            return act(*args)

        return noted


def _commands(packed: bytes) -> set[str]:
    """Return the names of the commands in what goes to Redis."""
    return {name.decode().upper() for name in re.findall(rb"(?:^|\r\n)\*\d+\r\n\$\d+\r\n(\w+)", packed)}
