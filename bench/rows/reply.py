"""The time from an agent's YES to the winner's message at Twilio: idle, under load, and during a broadcast."""

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import requests

from bench import asking, crowd, load
from bench.figures import Figure, beside, plain
from bench.stage import BenchDesk, BenchStage
from config.queues import WORKERS
from tests.bodies import a_job_body
from tests.waiting import until

ROUNDS = 3
#: Jobs won in each round: a p99 of 99 is their slowest but one.
WINS = 33
SETTLE = 0.25
#: Agents offered each of these jobs.
AGENTS = 5
CROWD = 10_000
LOAD = 100
#: Seconds of load.
LOADED = 5
PACE = 80
#: The four steps that must run one after the other: handle, settle, follow up, send.
HOPS = 4


def reply(stage: BenchStage) -> Iterator[Figure]:
    """Measure against a ceiling: the wait before settling, plus HOPS bare inserts and tasks and one bare send."""
    best = SETTLE + _bare(stage)
    with stage.desk(tuple(WORKERS), beat=True, SEND_RATE_PER_SECOND=PACE, SETTLE_AFTER_MS=int(1000 * SETTLE)) as desk:
        idle = _rounds(desk)
        yield from _shown("idle", idle, best, p50=1.5)
        yield from _shown(f"under {LOAD} messages a second", [_under_load(desk) for _ in range(ROUNDS)], best)
    with stage.desk(tuple(WORKERS), beat=True, SEND_RATE_PER_SECOND=PACE, SETTLE_AFTER_MS=int(1000 * SETTLE)) as desk:
        few = crowd.add_agents(desk.rows, AGENTS)
        jobs = [_offered(desk, few) for _ in range(ROUNDS * WINS)]
        crowd.add_agents(desk.rows, CROWD, since=AGENTS)
        desk.post("/api/jobs/", a_job_body())
        desk.twilio.wait_for_many("New inspection", len(jobs) * AGENTS + 100, 60)
        amid = [_win(desk, few[n % AGENTS]["phone"], code) for n, code in enumerate(jobs)]
        yield from _shown(f"during {CROWD:,} offers", [amid[n::ROUNDS] for n in range(ROUNDS)], best, over=1.0)


def _bare(stage: BenchStage) -> float:
    with stage.bare() as bare:
        bare.start_worker("bare", ("bench",), app="bench.bare:celery")
        bare.wait_until_ready()
        took = []
        for _ in range(WINS):
            bare.twilio.clear()
            began = time.monotonic()
            requests.post(f"{bare.base}/hops/{HOPS}", timeout=10).raise_for_status()
            bare.twilio.wait_for("the last hop", 10)
            took.append(time.monotonic() - began)
        return load.percentile(took, 50)


def _shown(
    when: str, rounds: Sequence[Sequence[float]], best: float, p50: float | None = None, over: float | None = None
) -> Iterator[Figure]:
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
    desk.twilio.wait_for(phone, 120, text=f"{code}* is yours")
    return time.monotonic() - began


def _under_load(desk: BenchDesk) -> list[float]:
    """Send LOAD messages a second for LOADED seconds, with one YES in each second."""
    others = [agent["phone"] for agent in desk.rows["agents"].find().skip(AGENTS)]
    others = others or [agent["phone"] for agent in crowd.add_agents(desk.rows, 1000, since=AGENTS, status="suspended")]
    winners = list(desk.rows["agents"].find({"status": "active"}))
    jobs = [_offered(desk, winners) for _ in range(LOADED)]
    written = asking.inbound(desk.base, others, LOAD * LOADED, text="what is this")
    with ThreadPoolExecutor(1 + LOADED) as people:
        load_ = people.submit(load.at_a_rate, desk.port, written, LOAD)
        wins = []
        for n, code in enumerate(jobs):
            time.sleep(1)
            wins.append(people.submit(_win, desk, winners[n % AGENTS]["phone"], code))
        load_.result()
        took = [win.result() for win in wins]
    until(lambda: not desk.rows["messages"].count_documents({"unhandled": True}), 300, "no unhandled message", every=1)
    return took
