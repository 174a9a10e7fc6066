"""The desk of `make run`: embedded stores, the product's processes and the pretend Twilio, supervised together."""

import http.client
import importlib.metadata
import os
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from environs import Env
from packaging.requirements import Requirement

from config.setting_groups import Settings
from config.settings import settings
from sandbox import embedded, greeting, processes, roster
from sandbox.drawer import Drawer
from sandbox.supervision import GRACE, Child, Supervisor

#: Seconds for the stores to come up; MongoDB may have a journal to replay.
STORES_WITHIN = 60
#: Seconds after which the desk says what /health still says.
PATIENCE = 30
#: What a shell needs for `flask check` and the like to look at this desk; kept in DATA_DIR/desk.env.
FILLED_IN = ("MONGODB_URI", "REDIS_URL", "API_KEY", "SECRET_KEY")
_REQUIREMENTS = Path(__file__).parent.parent / "requirements.txt"


class DeskError(SystemExit):
    """The desk can't open; as a SystemExit it ends the process with one clear line."""


def main(children: Callable[[Settings], Sequence[Child]] = roster.processes, grace: float = GRACE) -> None:
    """Open the desk and keep it open until it is told to stop.

    `children` makes the processes beside the stores; each stage of them has `grace` seconds to end.
    """
    opened_at = time.monotonic()
    _refuse_missing_libraries(_REQUIREMENTS)
    Env().read_env(".env", recurse=False)
    drawer = Drawer(Path(os.environ.get("DATA_DIR") or ".data"))
    if left := processes.stop_marked(drawer.directory, grace):
        print(f"Stopped {left} processes that an earlier desk left behind", flush=True)
    os.environ[processes.MARK] = str(drawer.directory.resolve())
    stores = _supply(drawer)
    _refuse_busy_ports(settings())
    supervisor = Supervisor([*map(_stored, stores), *children(settings())], grace)
    supervisor.listen_to_signals()
    try:
        _open(supervisor)
        _stay_open(supervisor, opened_at)
    finally:
        supervisor.say("desk", "stopping")
        supervisor.stop()
        processes.stop_marked(drawer.directory, grace)
        supervisor.say("desk", "stopped; nothing is left running")


def _stored(store: embedded.Server) -> Child:
    return Child(store.name.lower(), store.command, roster.STORES, store.answers, store.log)


def _supply(drawer: Drawer) -> list[embedded.Server]:
    """Fill in what is not set: embedded stores, and secrets made once. Children inherit the environment."""
    environment = os.environ
    stores = []
    try:
        for setting, make in (("MONGODB_URI", embedded.mongodb), ("REDIS_URL", embedded.redis)):
            if not environment.get(setting):
                store = make(drawer.directory / make.__name__, drawer.port(make.__name__))
                environment[setting] = store.uri
                stores.append(store)
    except embedded.EmbeddedError as error:
        raise DeskError(str(error)) from None
    for setting in ("API_KEY", "SECRET_KEY"):
        environment[setting] = environment.get(setting) or drawer.secret(setting)
    drawer.write("desk.env", {name: environment[name] for name in FILLED_IN})
    environment.setdefault("FLOWER_BASIC_AUTH", f"desk:{drawer.secret('flower')}")
    environment.setdefault("PYTHONUNBUFFERED", "1")
    if sys.stdout.isatty():
        environment.setdefault("LOG_FORMAT", "console")
    return stores


def _refuse_missing_libraries(requirements: Path) -> None:
    for line in requirements.read_text().splitlines():
        if not line or line.lstrip().startswith("#"):
            continue
        wanted = Requirement(line)
        if wanted.marker is None or wanted.marker.evaluate():
            try:
                importlib.metadata.distribution(wanted.name)
            except importlib.metadata.PackageNotFoundError:
                raise DeskError(f"Missing library: {wanted.name}; `make run` installs it") from None


def _refuse_busy_ports(found: Settings) -> None:
    wanted = {"PORT": (found.web.host, found.web.port), "FLOWER_PORT": (embedded.HOST, found.operations.flower_port)}
    if found.sandbox.on:
        wanted["SANDBOX_PORT"] = (embedded.HOST, found.sandbox.port)
    taken: dict[int, str] = {}
    for setting, (host, port) in wanted.items():
        if port in taken:
            raise DeskError(f"{taken[port]} and {setting} are both {port}: give each its own")
        if reason := embedded.obstacle(host, port):
            raise DeskError(f"Can't listen on {host}:{port}: {reason}. Free it, or set {setting}")
        taken[port] = setting


def _open(supervisor: Supervisor) -> None:
    """Start one stage after the other, but for the monitor."""
    for stage in sorted({child.stage for child in supervisor.children} - {roster.MONITOR}):
        supervisor.start(stage)
        deadline = time.monotonic() + STORES_WITHIN
        while not supervisor.stopping and not supervisor.is_up(stage):
            supervisor.tick()
            for child in supervisor.children:
                if child.log and not child.is_up() and (child.deaths or time.monotonic() > deadline):
                    raise DeskError(embedded.last_words(child.name, child.log))


def _stay_open(supervisor: Supervisor, opened_at: float) -> None:
    """Supervise until told to stop; greet once when the API is healthy."""
    with ThreadPoolExecutor(1) as asking:  # an API that is slow to answer must not hold up the others' output
        health = asking.submit(_health, settings())
        complain_at = time.monotonic() + PATIENCE
        greeted = False
        while not supervisor.stopping:
            supervisor.tick()
            if greeted or not health.done():
                continue
            if health.result() == "ok":
                supervisor.show(greeting.text(settings(), time.monotonic() - opened_at))
                supervisor.start(roster.MONITOR)
                greeted = True
                continue
            if time.monotonic() > complain_at:
                supervisor.say("desk", f"not ready yet: {health.result()}")
                complain_at = time.monotonic() + PATIENCE
            health = asking.submit(_health, settings())


def _health(found: Settings) -> str:
    """Return "ok" when /health says so, else what it says."""
    connection = http.client.HTTPConnection(greeting.reachable(found.web.host), found.web.port, timeout=2)
    try:
        connection.request("GET", "/health")
        answer = connection.getresponse()
        said = answer.read(500).decode(errors="replace").strip()
        return "ok" if answer.status == http.HTTPStatus.OK else f"/health answers {answer.status}: {said}"
    except (OSError, http.client.HTTPException) as error:
        return f"/health does not answer ({error})"
    finally:
        connection.close()
