"""The desk for fault injection: keepers restart every process and both stores, and record outages."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
import redis
import requests

from config.queues import CONCURRENCY, WORKERS
from sandbox import embedded, processes
from sandbox.twilio import Pace, PretendTwilio
from tests.live.desk import ROOT, LiveDesk
from tests.waiting import until

SWEEP_SECONDS = 2.0
#: Receipts come later than look-ups of unknown messages, so that the run tests look-ups.
PACE = Pace(sent=4.0, delivered=5.0, read=None)
#: Redis lists of webhook forms that wait for MongoDB: inbound messages and receipts.
SHELVES = ("dispatch:rescued", "dispatch:rescued:receipts")
EMPTIED = "return redis.call('EXISTS', unpack(KEYS)) == 0 and redis.call('FLUSHALL')"
#: The longest lease that a killed process may leave. No other process can take the work before the lease ends.
LONGEST_LEASE = timedelta(seconds=20)


@dataclass
class Outage:
    """A time in which a process or store was down. `to` is None while it is still down."""

    what: str
    since: datetime
    to: datetime | None = None


class Outages:
    """All outages of a run."""

    def __init__(self) -> None:
        self.all: list[Outage] = []

    def begin(self, what: str) -> Outage:
        """Record the start of an outage; return it."""
        outage = Outage(what, datetime.now(UTC))
        self.all.append(outage)
        return outage


class Keeper(threading.Thread):
    """Keeps a process running: waits for its end, kills the rest of its process group, and starts it again.

    The thread lives as long as the process, because some processes end with the thread that started them.
    """

    def __init__(
        self,
        name: str,
        start: Callable[[], subprocess.Popen[bytes]],
        ready: Callable[[subprocess.Popen[bytes]], bool],
        outages: Outages,
    ) -> None:
        super().__init__(name=name, daemon=True)
        self.process: subprocess.Popen[bytes] | None = None
        self.deaths = 0
        self.up, self.stopping = threading.Event(), threading.Event()
        self._start, self._ready, self._outages = start, ready, outages

    def run(self) -> None:
        """Run the process and restart it until end() is called."""
        outage: Outage | None = None
        while not self.stopping.is_set():
            self.process = self._start()
            while not (came := self._ready(self.process)) and self.process.poll() is None:
                time.sleep(0.05)
            if came and outage:
                outage.to = datetime.now(UTC)
            if came:
                self.up.set()
            self.process.wait()
            self.up.clear()
            processes.kill_group(self.process.pid)
            self.deaths += 1
            if outage is None or outage.to is not None:
                outage = self._outages.begin(self.name)

    def end(self, how: signal.Signals, seconds: float) -> None:
        """End the process without a restart."""
        self.stopping.set()
        if self.process is None:
            return
        _signal(self.process.pid, signal.SIGCONT)
        self.process.send_signal(how)
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            processes.kill_group(self.process.pid)
        self.join(10)


class ChaosDesk(LiveDesk):
    """A live desk with its own stores. All its parts can be killed, stopped, frozen or emptied."""

    def __init__(self, directory: Path, **changes: object) -> None:
        mongodb = embedded.mongodb(directory / "mongodb", embedded.free_port())
        broker = embedded.redis(directory / "redis", embedded.free_port())
        settings = {
            "SWEEP_SECONDS": SWEEP_SECONDS,
            "REMINDER_LEAD_MINUTES": 1,
            "INSPECTION_MINUTES": 1,
            "CONFIRM_NUDGE_MINUTES": 1,
            "CONTINUITY_HOLD_MINUTES": 1,
            **changes,
        }
        super().__init__(mongodb.uri, broker.uri, directory, "chaos", **settings)
        self.outages = Outages()
        self.stores = {"mongodb": mongodb, "redis": broker}
        self.keepers = {name: self._store_keeper(name, server) for name, server in self.stores.items()}
        self.keepers |= {name: self._process_keeper(name, command) for name, command in self._commands().items()}

    def _a_twilio(self, port: int = 0) -> PretendTwilio:
        twilio = super()._a_twilio(port)
        twilio._exchange.pace = PACE
        return twilio

    def start(self) -> "ChaosDesk":
        """Start the stores, then the processes; wait until all are ready."""
        self.twilio.start()
        for name in self.keepers:
            self.keepers[name].start()
            if name in self.stores:
                assert self.keepers[name].up.wait(60), f"no {name}"
        for name, keeper in self.keepers.items():
            assert keeper.up.wait(60), f"no {name}: {self.log(name)[-2000:]!r}"
        until(self._healthy, 30, "a healthy web")
        return self

    def stop(self) -> None:
        """Stop the processes with SIGTERM, then the stores."""
        for names in (("beat", "web", *WORKERS), ("redis", "mongodb")):
            ending = [threading.Thread(target=self.keepers[name].end, args=(signal.SIGTERM, 20)) for name in names]
            for each in ending:
                each.start()
            for each in ending:
                each.join()

    def stop_all(self) -> None:
        """Stop processes, stores and the pretend Twilio."""
        self.stop()
        self.twilio.stop()

    def kill_main(self, name: str) -> None:
        """SIGKILL a process. Its keeper kills its children and restarts it."""
        self._kill(self._of(name))

    def kill_child(self, name: str) -> None:
        """SIGKILL the child of a process that has used the most CPU time."""
        children = psutil.Process(self._of(name)).children()
        if children:
            outage = self.outages.begin(name)
            self._kill(max(children, key=lambda child: sum(child.cpu_times()[:2])).pid)
            outage.to = datetime.now(UTC) + timedelta(seconds=2)

    def stop_one(self, name: str) -> None:
        """SIGTERM a process or a store. Its keeper restarts it."""
        pid, keeper, outage = self._of(name), self.keepers[name], self.outages.begin(name)
        deaths = keeper.deaths
        _signal(pid, signal.SIGTERM)
        until(lambda: keeper.deaths > deaths, 60, f"the end of {name}")
        outage.to = datetime.now(UTC)

    def freeze(self, name: str, seconds: float) -> None:
        """SIGSTOP a process and its children; SIGCONT them after `seconds`."""
        leader, outage = self._of(name), self.outages.begin(name)
        _signal_group(leader, signal.SIGSTOP)
        time.sleep(seconds)
        _signal_group(leader, signal.SIGCONT)
        outage.to = datetime.now(UTC)

    def empty_redis(self) -> None:
        """FLUSHALL as soon as Redis has no webhook forms: while MongoDB is down, only Redis has them."""
        outage = self.outages.begin("redis")
        with redis.Redis.from_url(self.environment["REDIS_URL"], socket_timeout=5) as client:
            until(lambda: client.eval(EMPTIED, len(SHELVES), *SHELVES), 30, "an emptied Redis")
        outage.to = datetime.now(UTC)

    def _of(self, name: str) -> int:
        keeper = self.keepers[name]
        assert keeper.up.wait(60), f"{name} is not up"
        assert keeper.process is not None
        return keeper.process.pid

    def _kill(self, pid: int) -> None:
        _signal(pid, signal.SIGKILL)

    def _commands(self) -> dict[str, tuple[str, ...]]:
        celery = ("celery", "-A", "celery_app")
        commands: dict[str, tuple[str, ...]] = {"web": ("gunicorn", "-c", "gunicorn_conf.py", "wsgi:app")}
        for name, queues in WORKERS.items():
            where = ("-n", f"{name}@%h", "-Q", ",".join(queues), "-c", str(CONCURRENCY[name]))
            commands[name] = (*celery, "worker", *where, "-E", "--loglevel", "INFO")
        commands["beat"] = (*celery, "beat", "--schedule", str(self.directory / "beat"), "--loglevel", "INFO")
        return commands

    def _process_keeper(self, name: str, command: tuple[str, ...]) -> Keeper:
        log, begins = self.directory / f"{name}.log", [0]

        def start() -> subprocess.Popen[bytes]:
            begins[0] = log.stat().st_size if log.exists() else 0
            with log.open("ab") as output:
                return subprocess.Popen(
                    [sys.executable, "-m", *command],
                    cwd=ROOT,
                    env=self.environment,
                    stdout=output,
                    stderr=output,
                    start_new_session=True,
                )

        def ready(_: subprocess.Popen[bytes]) -> bool:
            if name == "web":
                return self._answers()
            with log.open("rb") as lines:
                lines.seek(begins[0])
                return (b"maxinterval" if name == "beat" else b" ready.") in lines.read()

        return Keeper(name, start, ready, self.outages)

    def _store_keeper(self, name: str, server: embedded.Server) -> Keeper:
        def start() -> subprocess.Popen[bytes]:
            with server.log.open("ab") as output:
                return processes.spawn(server.command, output)

        return Keeper(name, start, lambda process: server.answers(process.pid), self.outages)

    def _answers(self) -> bool:
        try:
            return requests.get(f"{self.base}/health", timeout=5).status_code in (200, 503)
        except requests.RequestException:
            return False


def _signal(pid: int, how: signal.Signals) -> None:
    try:
        os.kill(pid, how)
    except ProcessLookupError:
        return


def _signal_group(leader: int, how: signal.Signals) -> None:
    try:
        os.killpg(leader, how)
    except ProcessLookupError:
        return
