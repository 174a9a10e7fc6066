"""The gain from a second process: of gunicorn, and of the worker that handles messages."""

import time
from collections.abc import Iterator

from bench import asking, crowd, load
from bench.figures import Figure, beside
from bench.stage import BenchDesk, BenchStage
from config.queues import WORKERS
from tests.waiting import until

ROUNDS = 3
SECONDS = 3
ENOUGH = 6_000
#: Messages to handle, each from another agent.
HEARD = 400


def processes(stage: BenchStage) -> Iterator[Figure]:
    """Compare two processes with one; the stores and the load generator share the same cores."""
    webs = [(_acknowledged(stage, 2), _acknowledged(stage, 1)) for _ in range(ROUNDS)]
    yield beside("processes", "messages a second acknowledged by two gunicorn workers, beside one", webs, "/s")
    workers = [(_handled(stage, 2), _handled(stage, 1)) for _ in range(ROUNDS)]
    yield beside("processes", "messages a second handled by two worker processes, beside one", workers, "/s")


def _acknowledged(stage: BenchStage, count: int) -> float:
    with stage.desk(WEB_CONCURRENCY=count) as desk:
        phones = [agent["phone"] for agent in crowd.add_agents(desk.rows, 100)]
        return load.at_full_speed(desk.port, asking.inbound(desk.base, phones, ENOUGH), SECONDS).all_of(204).per_second


def _handled(stage: BenchStage, count: int) -> float:
    """Save messages while no worker runs, then start a worker with `count` processes. Return messages per second."""
    with stage.desk() as desk:
        phones = [agent["phone"] for agent in crowd.add_agents(desk.rows, HEARD)]
        load.at_a_rate(desk.port, asking.inbound(desk.base, phones, HEARD, text="help"), 1e6).all_of(204)
        desk.start_worker("core", WORKERS["core"], concurrency=count)
        left = until(lambda: (n := _unhandled(desk)) < HEARD and n, 30, "a worker at work", every=0.01)
        began = time.monotonic()
        until(lambda: not _unhandled(desk), 60, "all handled", every=0.01)
        return left / (time.monotonic() - began)


def _unhandled(desk: BenchDesk) -> int:
    return desk.rows["messages"].count_documents({"unhandled": True})
