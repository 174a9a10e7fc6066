"""The processes of the desk: those of the product, as in the Procfile, and the pretend Twilio."""

import sys
from collections.abc import Callable
from functools import partial

from config.queues import CONCURRENCY, WORKERS
from config.setting_groups import Settings
from sandbox import answering, greeting
from sandbox.supervision import Child

#: The stages of a start. Each stage needs the ones before it, and is stopped before them. Flower, the monitor, asks the
#: workers when it starts, and warns if they do not answer. The banner is printed when Flower is up.
STORES, TWILIO, PRODUCT, MONITOR, AFTER_BANNER = 0, 1, 2, 3, 4


def processes(found: Settings) -> list[Child]:
    """Return all processes but the stores. The pretend Twilio is among them if no real account is set."""
    commands = product(found)
    stages = {"flower": MONITOR, "twilio": TWILIO}
    if found.sandbox.on:
        commands["twilio"] = ("sandbox.twilio",)
    return [
        Child(name, _module(*command), stages.get(name, PRODUCT), _answers(name, found))
        for name, command in commands.items()
    ]


def product(found: Settings) -> dict[str, tuple[str, ...]]:
    """Return the product's commands by process name. A test compares them with the Procfile."""
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


def web_trouble(found: Settings) -> str | None:
    """Return what is wrong with the API's health. Return None if it is healthy."""
    return answering.http_trouble(greeting.reachable(found.web.host), found.web.port, "/health")


def _answers(name: str, found: Settings) -> Callable[[int], bool] | None:
    """Return the check whether this process answers. Return None for beat, which answers nobody."""
    if name == "web":
        return lambda _: web_trouble(found) is None
    if name in WORKERS:
        return lambda _: answering.is_worker(found.stores.redis_url, name)
    addresses = {
        "flower": (found.operations.flower_port, "/healthcheck"),
        "twilio": (found.sandbox.port, "/sandbox/phones"),
    }
    if name not in addresses:
        return None
    ask = partial(answering.http_trouble, answering.HOST, *addresses[name])
    return lambda _: ask() is None


def _module(*command: str) -> tuple[str, ...]:
    """Return the command that runs a module with this Python, whatever is on the PATH."""
    return (sys.executable, "-m", *command)
