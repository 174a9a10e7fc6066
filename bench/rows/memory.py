"""Resident memory of each process, early and after an hour's work that is done in minutes."""

import os
import time
from collections.abc import Iterator
from itertools import cycle

import psutil

from bench import crowd
from bench.figures import Figure, plain
from bench.stage import BenchDesk, BenchStage
from config.queues import WORKERS
from tests.bodies import a_job_body

#: Minutes in which the hour of work is done. One by default; more: `make bench ROW=memory MINUTES=10`.
MINUTES = float(os.environ.get("MINUTES", "1"))
#: A busy hour: JOBS jobs, each offered to AGENTS agents; all but one decline.
JOBS, AGENTS = 300, 10
MEGABYTE = 2**20
#: Growth counts from this part of the work on; by then all modules, connections and caches are loaded.
WARM = 0.2


def memory(stage: BenchStage) -> Iterator[Figure]:
    """Measure the largest process of each kind, including the children of gunicorn and Celery."""
    with stage.desk(tuple(WORKERS), beat=True) as desk:
        phones = [agent["phone"] for agent in crowd.add_agents(desk.rows, AGENTS)]
        jobs = max(10, int(JOBS * min(1.0, MINUTES / 10)))
        warm: dict[str, float] = {}
        for n, winner in zip(range(jobs), cycle(phones), strict=False):
            ends = time.monotonic() + MINUTES * 60 / jobs
            _a_job(desk, phones, winner)
            time.sleep(max(0.0, ends - time.monotonic()))
            if n == int(jobs * WARM):
                warm = _resident(desk)
        held = _resident(desk)
    for name, megabytes in held.items():
        worker = name in WORKERS
        yield plain("memory", f"{name}, after {jobs} jobs", [megabytes], "MB", at_most=150 if worker else None)
    grown = max(held[name] - warm[name] for name in held)
    yield plain("memory", f"most that one has grown by since the {int(jobs * WARM)}th", [grown], "MB", at_most=5)


def _a_job(desk: BenchDesk, phones: list[str], winner: str) -> None:
    desk.twilio.clear()
    code = desk.post("/api/jobs/", a_job_body())["code"]
    desk.twilio.wait_for_many(code, len(phones), 30)
    for phone in phones:
        if phone != winner:
            desk.twilio.say(phone, f"no {code}")
    desk.twilio.say(winner, f"yes {code}")
    desk.twilio.wait_for(winner, 30, text="is yours")
    for word, answer in (("confirm", "is confirmed"), ("complete", "is complete")):
        desk.twilio.say(winner, f"{word} {code}")
        desk.twilio.wait_for(winner, 30, text=answer)


def _resident(desk: BenchDesk) -> dict[str, float]:
    return {
        name: max(each.memory_info().rss for each in _family(process.pid)) / MEGABYTE
        for name, process in desk.processes.items()
    }


def _family(pid: int) -> list[psutil.Process]:
    parent = psutil.Process(pid)
    return [parent, *parent.children(recursive=True)]
