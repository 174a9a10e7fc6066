"""`python -m bench`: measures a desk of real processes, each figure beside the best that the same run could give."""

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import requests

from sandbox import embedded
from sandbox.twilio import FaultKind
from tests.bodies import a_job_body, an_agent_body
from tests.live.desk import API_KEY, LiveDesk
from tests.waiting import until

LATENCY = 0.1
RATE = 80
SETTLE = 0.25
WINS = 3
SECONDS = 4
CONNECTIONS = 16


def main() -> None:
    """Run everything, bounded, and print a table."""
    sizes = [int(size) for size in sys.argv[1:]] or [100, 1000]
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        mongodb = embedded.mongodb(home / "mongodb", embedded.free_port())
        redis = embedded.redis(home / "redis", embedded.free_port())
        with mongodb, redis:
            desk = LiveDesk(mongodb.uri, redis.uri, home, "bench", SEND_RATE_PER_SECOND=RATE, SWEEP_SECONDS=5)
            try:
                desk.start()
                measure(desk, sizes)
            finally:
                desk.stop()


def measure(desk: LiveDesk, sizes: list[int]) -> None:
    """Print the figures: the API first, while there is nobody to offer anything to."""
    print(f"{'what':58} {'figure':>12} {'at best':>12} {'ratio':>7}")
    bare = per_second(lambda session: session.get(desk.base + "/"))
    key = {"X-API-Key": API_KEY}
    posts = per_second(lambda session: session.post(desk.base + "/api/jobs/", json=a_job_body(), headers=key))
    row("POST /api/jobs/ a second, beside the bare route GET /", posts, bare)
    until(lambda: all(_followed(desk, job["id"]) for job in desk.get("/api/jobs/")), 60, "all followed up")
    desk.twilio.faults.set("*", FaultKind.LATENCY, seconds=LATENCY)
    phones: list[str] = []
    for size in sizes:
        with ThreadPoolExecutor(CONNECTIONS) as pool:
            bodies = [an_agent_body() for _ in range(size - len(phones))]
            phones += [agent["phone"] for agent in pool.map(lambda body: desk.post("/api/agents/", body), bodies)]
        seconds = min(broadcast(desk, size) for _ in range(2))  # the first one finds cold connections
        row(f"seconds from POST to the last of {size} offers", seconds, size / (RATE * 0.9) + LATENCY)
        for when, wait_for in (("amid the offers", 1), ("after the offers", size)):
            wins = [win(desk, phones[0], size, wait_for) for _ in range(WINS)]
            row(f"seconds from YES to won, {size} agents, {when}", statistics.median(wins), SETTLE + LATENCY)


def row(what: str, figure: float, best: float) -> None:
    """Print one line of the table."""
    print(f"{what:58} {figure:12.2f} {best:12.2f} {figure / best:7.2f}", flush=True)


def per_second(call: Callable[[requests.Session], requests.Response]) -> float:
    """Return how many calls a second succeed over some connections."""
    end = time.monotonic() + SECONDS

    def one_after_another(_: int) -> int:
        count = 0
        with requests.Session() as session:
            while time.monotonic() < end:
                call(session).raise_for_status()
                count += 1
        return count

    with ThreadPoolExecutor(CONNECTIONS) as pool:
        return sum(pool.map(one_after_another, range(CONNECTIONS))) / SECONDS


def _followed(desk: LiveDesk, job_id: str) -> bool:
    return any(event["name"] == "no_active_agent" for event in desk.get(f"/api/jobs/{job_id}/timeline"))


def broadcast(desk: LiveDesk, size: int) -> float:
    """Return the seconds from posting a job until the last offer of it was accepted."""
    desk.twilio.clear()
    desk.twilio.faults.set("*", FaultKind.LATENCY, seconds=LATENCY)
    began = time.monotonic()
    job = desk.post("/api/jobs/", a_job_body())
    desk.twilio.wait_for_many(job["code"], size, size / 20 + 30)
    return time.monotonic() - began


def win(desk: LiveDesk, phone: str, size: int, offers: int) -> float:
    """Return the seconds from a YES, said when so many offers are out, until the winner's message was accepted."""
    desk.twilio.clear()
    desk.twilio.faults.set("*", FaultKind.LATENCY, seconds=LATENCY)
    job = desk.post("/api/jobs/", a_job_body())
    desk.twilio.wait_for(phone, size / 20 + 30, text=job["code"])
    desk.twilio.wait_for_many(job["code"], offers, size / 20 + 30)
    began = time.monotonic()
    desk.twilio.say(phone, f"yes {job['code']}")
    desk.twilio.wait_for(phone, 30, text="is yours")
    return time.monotonic() - began


main()
