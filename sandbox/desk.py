"""The desk of `make run`: embedded stores, the product's processes and the pretend Twilio, supervised together."""

import importlib.metadata
import os
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from packaging.requirements import Requirement

from config.secret_settings import Reader
from config.setting_groups import Settings
from config.settings import settings
from sandbox import embedded, greeting, processes, roster
from sandbox.data_directory import DataDirectory
from sandbox.supervision import GRACE, Child, Supervisor

#: Seconds after which the desk prints which process it waits for, and again after as many more.
PATIENCE = 30
#: As root, each Celery worker prints a page that advises another user. Nothing but a warnings filter removes it.
QUIET_AS_ROOT = "ignore:You're running the worker with superuser privileges"
_REQUIREMENTS = Path(__file__).parent.parent / "requirements.txt"


class DeskError(SystemExit):
    """The desk can't start. As a SystemExit it ends the process with one clear line."""


def main(
    children: Callable[[Settings], Sequence[Child]] = roster.processes,
    grace: float = GRACE,
    first_step: Callable[[Settings], list[str]] = greeting.first_step,
) -> None:
    """Start the desk and keep it running until a signal stops it.

    `children` makes the processes beside the stores. Each stage of them has `grace` seconds to end. `first_step` makes
    the first instruction of the banner.
    """
    started_at = time.monotonic()
    _refuse_missing_libraries(_REQUIREMENTS)
    given = Reader()  # the reader of the settings: the environment, .env, and secrets in files
    given.read_env(".env", recurse=False)
    data = DataDirectory(Path(given.str("DATA_DIR", "") or ".data"))
    if left := processes.stop_marked(data.path, grace):
        print(f"Stopped {left} processes that an earlier desk left behind", flush=True)
    os.environ[processes.MARK] = str(data.path.resolve())
    stores = _complete_environment(data, given)
    data.write_variables("desk.env", _shell_variables(settings()))
    _refuse_busy_ports(settings())
    supervisor = Supervisor([*map(_supervised, stores), *children(settings())], grace)
    supervisor.handle_signals()
    try:
        _start(supervisor)
        if not supervisor.stopping:
            supervisor.print_text(greeting.text(settings(), time.monotonic() - started_at, first_step(settings())))
            supervisor.start(roster.AFTER_BANNER)
        while not supervisor.stopping:
            supervisor.tick()
    finally:
        supervisor.print_line("desk", "stopping")
        supervisor.stop()
        processes.stop_marked(data.path, grace)
        supervisor.print_line("desk", "stopped; nothing is left running")


def _supervised(store: embedded.Server) -> Child:
    return Child(store.name.lower(), store.command, roster.STORES, store.answers, store.log)


def _complete_environment(data: DataDirectory, given: Reader) -> list[embedded.Server]:
    """Set each variable that is not given: stores of our own, secrets made once. Children inherit the environment."""
    environment = os.environ
    stores = []
    try:
        for setting, make in (("MONGODB_URI", embedded.mongodb), ("REDIS_URL", embedded.redis)):
            if not _given(given, setting):
                store = make(data.path / make.__name__, data.port(make.__name__))
                environment[setting] = store.uri
                stores.append(store)
    except embedded.EmbeddedError as error:
        raise DeskError(str(error)) from None
    if not _given(given, "TWILIO_ACCOUNT_SID"):
        environment["SANDBOX"] = "1"
    for setting in ("API_KEY", "SECRET_KEY", "SANDBOX_AUTH_TOKEN"):
        if not _given(given, setting):
            environment[setting] = data.secret(setting)
    environment["FLOWER_BASIC_AUTH"] = _given(given, "FLOWER_BASIC_AUTH") or f"desk:{data.secret('flower')}"
    environment.setdefault("PYTHONUNBUFFERED", "1")
    environment.setdefault("PYTHONWARNINGS", QUIET_AS_ROOT)
    if sys.stdout.isatty() and not _given(given, "LOG_FORMAT"):
        environment["LOG_FORMAT"] = "console"
    return stores


def _given(given: Reader, setting: str) -> str:
    """Return a setting of the environment or of .env. Return an empty string if there is none. Raises DeskError."""
    try:
        return given.str(setting, "").strip()
    except ValueError as error:  # a secret's file can't be read
        raise DeskError(f"Wrong setting: {setting}. {error}") from None


def _shell_variables(found: Settings) -> dict[str, str]:
    """Return the variables with which a command in another terminal works on this desk. DATA_DIR/desk.env has them."""
    variables = {
        "HOST": found.web.host,
        "PORT": str(found.web.port),
        "PUBLIC_BASE_URL": found.web.public_base_url,
        "SANDBOX_PORT": str(found.sandbox.port),
        "FLOWER_PORT": str(found.operations.flower_port),
        "MONGODB_URI": found.stores.mongodb_uri,
        "MONGODB_DB_NAME": found.stores.mongodb_db_name,
        "REDIS_URL": found.stores.redis_url,
        "API_KEY": found.web.api_key,
        "SECRET_KEY": found.web.secret_key,
    }
    if found.sandbox.on:
        variables |= {"SANDBOX": "1", "SANDBOX_AUTH_TOKEN": found.twilio.auth_token}
    return variables


def _refuse_missing_libraries(requirements: Path) -> None:
    for line in requirements.read_text().splitlines():
        if not line or line.lstrip().startswith(("#", "--hash")):
            continue
        wanted = Requirement(line.removesuffix("\\"))
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


def _start(supervisor: Supervisor) -> None:
    """Start the stages before the banner, one after the other. Return when each process answers, or at a signal."""
    with ThreadPoolExecutor(1) as asking:
        for stage in sorted({child.stage for child in supervisor.children} - {roster.AFTER_BANNER}):
            if supervisor.stopping:
                return
            supervisor.start(stage)
            _wait_until_up(supervisor, stage, asking)


def _wait_until_up(supervisor: Supervisor, stage: int, asking: ThreadPoolExecutor) -> None:
    """Wait for each process of a stage, however long it takes. Raise DeskError if a store ends.

    A slow machine needs minutes for a first start, so there is no deadline; Ctrl-C ends the waiting. Processes are
    asked in another thread, so that a slow answer does not delay the output of the others.
    """
    print_at = time.monotonic() + PATIENCE
    question = asking.submit(supervisor.first_not_up, stage)
    while not supervisor.stopping:
        supervisor.tick()
        for child in supervisor.children:
            if child.log and child.deaths:
                raise DeskError(embedded.end_message(child.name, child.log))
        if not question.done():
            continue
        missing = question.result()
        if missing is None:
            return
        if time.monotonic() > print_at:
            supervisor.print_line("desk", f"still starting: {_trouble(missing)}")
            print_at = time.monotonic() + PATIENCE
        question = asking.submit(supervisor.first_not_up, stage)


def _trouble(child: Child) -> str:
    """Return one line about a process that does not answer yet, and where to read more."""
    trouble = roster.web_trouble(settings()) if child.name == "web" else None
    log = f" (its log: {child.log})" if child.log else ""
    return trouble or f"{child.name} does not answer yet{log}"
