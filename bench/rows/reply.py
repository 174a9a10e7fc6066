"""From an agent's YES to the winner's message at Twilio's: on an idle desk, under load, amid a broadcast."""

import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import requests

from bench import asking, crowd, load
from bench.figures import Figure, beside, plain
from bench.stage import BenchDesk, Stage
from config.queues import WORKERS
from config.settings import settings
from tests.bodies import a_job_body

ROUNDS = 3
#: Jobs won in each round: a p99 of 99 is their slowest but one.
WINS = 33
#: Agents offered each of these jobs.
AGENTS = 5
CROWD = 10_000
LOAD = 100
PACE = 80
#: What must happen one after the other in any case: handling, settling, following, sending.
HOPS = 4


def reply(stage: Stage) -> Iterator[Figure]:
    """The ceiling: the wait that settling takes, and as many bare inserts and tasks before one bare send."""
    best = settings().settle_after_ms / 1000 + _bare(stage)
    with stage.desk(tuple(WORKERS), beat=True, SEND_RATE_PER_SECOND=PACE) as desk:
        idle = _rounds(desk)
        yield from _shown("idle", idle, best, p50=1.5)
        with _replies(desk):
            busy = _rounds(desk)
        yield from _shown(f"under {LOAD} replies a second", busy, best)
    with stage.desk(tuple(WORKERS), beat=True, SEND_RATE_PER_SECOND=PACE) as desk:
        few = crowd.add_agents(desk.rows, AGENTS)
        jobs = [_offered(desk, few) for _ in range(ROUNDS * WINS)]
        crowd.add_agents(desk.rows, CROWD, since=AGENTS)
        desk.post("/api/jobs/", a_job_body())
        desk.twilio.wait_for_many("New inspection", len(jobs) * AGENTS + 100, 60)
        amid = [_win(desk, few[n % AGENTS]["phone"], code) for n, code in enumerate(jobs)]
        yield from _shown(f"amid {CROWD:,} offers", [amid[n::ROUNDS] for n in range(ROUNDS)], best, over=1.0)


def _bare(stage: Stage) -> float:
    with stage.bare() as bare:
        bare.start_worker("bare", ("bench",), app="bench.bare")
        bare.wait_until_ready_as("bare")
        took = []
        for _ in range(WINS):
            bare.twilio.clear()
            began = time.monotonic()
            requests.post(f"{bare.base}/hops/{HOPS}", timeout=10).raise_for_status()
            bare.twilio.wait_for("the last hop", 10)
            took.append(time.monotonic() - began)
        return load.percentile(took, 50)


def _shown(when: str, rounds: Sequence[Sequence[float]], best: float, p50: float | None = None,
           over: float | None = None) -> Iterator[Figure]:  # fmt: skip
    halves = [(load.percentile(each, 50), best) for each in rounds]
    yield beside("reply", f"YES to the winner's message, {when}, p50", halves, "s", at_most=p50)
    slowest = [load.percentile(each, 99) for each in rounds]
    yield plain("reply", f"YES to the winner's message, {when}, p99", slowest, "s", at_most=over and best + over)


def _rounds(desk: BenchDesk) -> list[list[float]]:
    agents = list(desk.rows["agents"].find().limit(AGENTS)) or crowd.add_agents(desk.rows, AGENTS)
    jobs = [_offered(desk, agents) for _ in range(ROUNDS * WINS)]
    took = [_win(desk, agents[n % AGENTS]["phone"], code) for n, code in enumerate(jobs)]
    return [took[n::ROUNDS] for n in range(ROUNDS)]


def _offered(desk: BenchDesk, agents: Sequence[dict[str, str]]) -> str:
    code: str = desk.post("/api/jobs/", a_job_body())["code"]
    desk.twilio.wait_for_many(code, len(agents), 30)
    return code


def _win(desk: BenchDesk, phone: str, code: str) -> float:
    began = time.monotonic()
    assert desk.twilio.say(phone, f"yes {code}").status == 204
    desk.twilio.wait_for(phone, 60, text=f"{code}* is yours")
    return time.monotonic() - began


@contextmanager
def _replies(desk: BenchDesk) -> Iterator[None]:
    """Let others write so many times a second, each now and then."""
    others = [agent["phone"] for agent in crowd.add_agents(desk.rows, 1000, since=AGENTS)]
    over = threading.Event()

    def write() -> None:
        while not over.is_set():
            load.at_a_rate(desk.port, asking.inbound(desk.base, others, LOAD * 5, text="what is this"), LOAD)

    with ThreadPoolExecutor(1) as people:
        writing = people.submit(write)
        try:
            yield
        finally:
            over.set()
            writing.result()
