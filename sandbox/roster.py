"""Who works at the desk: the product's processes, as the Procfile lists them, and the pretend Twilio."""

import sys

from config.queues import CONCURRENCY, WORKERS
from config.setting_groups import Settings
from sandbox.supervision import Child

#: The stages of a start: each needs the ones before it, and is stopped before them.
#: The monitor waits until the desk is open, so that it does not hold up the rest on a small machine.
STORES, TWILIO, PRODUCT, MONITOR = 0, 1, 2, 3


def processes(found: Settings) -> list[Child]:
    """Return everything beside the stores; the pretend Twilio only where no real one is set."""
    commands = product(found)
    stages = {"flower": MONITOR}
    children = [Child(name, _module(*command), stages.get(name, PRODUCT)) for name, command in commands.items()]
    return [*children, Child("twilio", _module("sandbox.twilio"), TWILIO)] if found.sandbox.on else children


def product(found: Settings) -> dict[str, tuple[str, ...]]:
    """Return the product's processes by name; a test holds the Procfile to them."""
    celery = ("celery", "-q", "-A", "celery_app")
    level = ("--loglevel", found.logs.level)
    commands: dict[str, tuple[str, ...]] = {"web": ("gunicorn", "-c", "gunicorn_conf.py", "wsgi:app")}
    for name, queues in WORKERS.items():
        where = ("-n", f"{name}@%h", "-Q", ",".join(queues), "-c", str(CONCURRENCY[name]))
        commands[name] = (*celery, "worker", *where, "-E", *level)
    commands["beat"] = (*celery, "beat", "--schedule", f"{found.operations.data_dir}/celerybeat-schedule", *level)
    commands["flower"] = (
        *celery,
        "flower",
        "--address=127.0.0.1",
        f"--port={found.operations.flower_port}",
        "--logging=warning",
    )
    return commands


def _module(*command: str) -> tuple[str, ...]:
    """Run a program of this Python's environment, whatever the PATH says."""
    return (sys.executable, "-m", *command)
