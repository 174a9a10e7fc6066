"""One run of the bench: its own stores, desks of real processes on them, and the bare routes to compare with."""

import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import mongoengine
import psutil
from pymongo import MongoClient
from pymongo.database import Database
from redis import Redis

from bench import crowd
from config.queues import CONCURRENCY, WORKERS
from sandbox import embedded
from tests.live.desk import LiveDesk

#: Messages a second where a row measures without a pace.
FREE = 1_000
Rows = Database[dict[str, Any]]


class BenchStage:
    """MongoDB and Redis for this run; also a MongoDB with a million rows, started when a row first asks for it."""

    def __init__(self) -> None:
        self._open = ExitStack()
        self.home = Path(self._open.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
        self.mongodb = self._open.enter_context(self._mongodb(self.home / "mongodb"))
        self._redis = self._open.enter_context(embedded.redis(self.home / "redis", embedded.free_port()))
        self.redis = Redis.from_url(self._redis.uri)
        self._desks = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._open.close()

    def _mongodb(self, directory: Path) -> embedded.Server:
        return embedded.mongodb(directory, embedded.free_port())

    @cached_property
    def large(self) -> embedded.Server:
        """MongoDB with a million messages, jobs and timers, filled once and kept under DATA_DIR."""
        server = self._open.enter_context(
            self._mongodb(Path(os.environ.get("DATA_DIR", ".data")).resolve() / "bench" / "mongodb")
        )
        crowd.fill_with_a_million(self.rows(server, LARGE))
        return server

    def rows(self, server: embedded.Server, name: str) -> Rows:
        """Return a database on a server, for queries that the desk itself does not make."""
        client: MongoClient[dict[str, Any]] = MongoClient(server.uri, tz_aware=True)
        self._open.callback(client.close)
        return client[name]

    @contextmanager
    def desk(
        self, workers: Sequence[str] = (), *, beat: bool = False, large: bool = False, **changes: Any
    ) -> Iterator["BenchDesk"]:
        """Start a desk with gunicorn and these workers, on an empty database or the large one."""
        self._desks += 1
        name, server = (LARGE, self.large) if large else (f"bench_{self._desks}", self.mongodb)
        directory = self.home / f"desk_{self._desks}"
        directory.mkdir()
        self.redis.flushall()
        desk = BenchDesk(
            server.uri,
            self._redis.uri,
            directory,
            name,
            **{"SEND_RATE_PER_SECOND": FREE, "SWEEP_SECONDS": 5, **changes},
        )
        desk.rows = self.rows(server, name)
        crowd.prepare(server, name)
        try:
            yield desk.open(workers, beat)
        finally:
            desk.stop()

    def cpu_seconds(self, desk: "BenchDesk") -> float:
        """Return the CPU seconds that a desk's processes and the stores have used."""
        stores = [self.mongodb.process, self._redis.process]
        pids = [process.pid for process in (*desk.processes.values(), *stores) if process]
        parents = [psutil.Process(pid) for pid in pids]
        families = [each for parent in parents for each in (parent, *parent.children(recursive=True))]
        return sum(times.user + times.system for times in (each.cpu_times() for each in families))

    @contextmanager
    def bare(self) -> Iterator["BenchDesk"]:
        """Serve the bare routes with the desk's own gunicorn configuration."""
        self._desks += 1
        directory = self.home / f"bare_{self._desks}"
        directory.mkdir()
        desk = BenchDesk(self.mongodb.uri, self._redis.uri, directory, "bare")
        try:
            desk.twilio.start()
            desk.start_web("bench.bare:app")
            desk.wait_until_ready()
            yield desk
        finally:
            desk.stop()


LARGE = "million"


class BenchDesk(LiveDesk):
    """A desk that may run with some of its processes only; `rows` is its database."""

    rows: Rows

    def open(self, workers: Sequence[str], beat: bool) -> Self:
        """Start gunicorn and these workers. Return when they are ready."""
        self.twilio.start()
        self.start_web()
        for name in workers:
            self.start_worker(name, WORKERS[name], concurrency=CONCURRENCY[name])
        if beat:
            self.start_beat()
        self.wait_until_ready()
        return self

    def stop(self) -> None:
        """Stop all processes by SIGKILL; nothing of them is needed afterwards."""
        super().stop()
        mongoengine.disconnect_all()
