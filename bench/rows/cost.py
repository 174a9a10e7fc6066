"""The cost of typical work: commands to MongoDB and Redis and bytes of Redis, as the stores count them; CPU time."""

import time
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from bench import crowd
from bench.figures import Figure, plain
from bench.stage import BenchDesk, BenchStage
from config.queues import WORKERS
from tests.bodies import a_job_body
from tests.waiting import until

TIMES = 100
#: Seconds for which an idle desk is measured; its cost is subtracted.
IDLE = 5
RECEIPTS = ("sent", "delivered", "read")
_COUNTED = ("queries", "getmore", "insert", "update", "remove", "commands")
#: Commands that idle workers send to Redis; they are not counted.
_WAITING = {"brpop", "ping", "info", "select", "client|setname", "config|get"}


class Cost(NamedTuple):
    """Commands to each store, kilobytes of Redis, and milliseconds of CPU of the desk and the stores."""

    mongodb: float
    redis: float
    kilobytes: float
    cpu: float


def cost(stage: BenchStage) -> Iterator[Figure]:
    """Measure a message that is handled and answered, an offer with its receipts, and a job from POST to COMPLETE."""
    with stage.desk(tuple(WORKERS), beat=True, SWEEP_SECONDS=60) as desk:
        agents = [agent["phone"] for agent in crowd.add_agents(desk.rows, TIMES)]
        idle = _counted(stage, desk, lambda: time.sleep(IDLE), IDLE, Cost(0, 0, 0, 0))
        found: dict[str, Cost] = {}
        codes: list[str] = []
        found["an offer, with its receipts"] = _counted(stage, desk, lambda: codes.append(_offers(desk)), TIMES, idle)
        found["a message, understood and carried out"] = _counted(
            stage, desk, lambda: _decline(desk, agents, codes[0]), TIMES, idle
        )
        desk.rows["agents"].update_many({"phone": {"$ne": agents[0]}}, {"$set": {"status": "inactive"}})
        found["a job's whole life with one agent"] = _counted(stage, desk, lambda: _live(desk, agents[0]), 1, idle)
    for what, asked in found.items():
        yield plain("cost", f"{what}: commands to MongoDB", [asked.mongodb], "")
        yield plain("cost", f"{what}: commands to Redis", [asked.redis], "")
        yield plain("cost", f"{what}: to and from Redis", [asked.kilobytes], "kB")
        yield plain("cost", f"{what}: CPU of desk and stores", [asked.cpu], "ms")


def _counted(stage: BenchStage, desk: BenchDesk, work: Callable[[], None], times: int, idle: Cost) -> Cost:
    """Return the cost of one of `times` pieces of work, less the cost of an idle desk in the same time."""
    before, began = _asked(stage, desk), time.monotonic()
    work()
    after, took = _asked(stage, desk), time.monotonic() - began
    return Cost(*((b - a - took * i) / times for a, b, i in zip(before, after, idle, strict=True)))


def _asked(stage: BenchStage, desk: BenchDesk) -> Cost:
    commands: dict[str, Any] = stage.redis.info("commandstats")
    traffic: dict[str, Any] = stage.redis.info("stats")
    redis = sum(each["calls"] for name, each in commands.items() if name.removeprefix("cmdstat_") not in _WAITING)
    top = desk.rows.client.admin.command("top")["totals"]
    ours = [each for name, each in top.items() if name.startswith(f"{desk.rows.name}.")]
    mongodb = sum(each[kind]["count"] for each in ours for kind in _COUNTED)
    kilobytes = (traffic["total_net_input_bytes"] + traffic["total_net_output_bytes"]) / 1000
    return Cost(mongodb, redis, kilobytes, 1000 * stage.cpu_seconds(desk))


def _quiet(desk: BenchDesk) -> None:
    """Wait for all receipts: the last comes 0.3 s after its message, when all other work is done."""
    until(lambda: all(len(each.receipts) == len(RECEIPTS) for each in desk.twilio.outbox), 30, "quiet")


def _offers(desk: BenchDesk) -> str:
    job = desk.post("/api/jobs/", a_job_body())
    desk.twilio.wait_for_many(job["code"], TIMES, 30)
    _quiet(desk)
    code: str = job["code"]
    return code


def _decline(desk: BenchDesk, phones: list[str], code: str) -> None:
    told = len(desk.twilio.outbox) + len(phones)
    desk.say_at_once(phones, f"no {code}")
    until(lambda: len(desk.twilio.outbox) >= told, 60, "an answer to every agent")
    _quiet(desk)


def _live(desk: BenchDesk, phone: str) -> None:
    code = desk.post("/api/jobs/", a_job_body("90m"))["code"]  # it may be completed at once
    for word, answer in (("", code), ("yes", "is yours"), ("confirm", "is confirmed"), ("complete", "is complete")):
        if word:
            desk.twilio.say(phone, f"{word} {code}")
        desk.twilio.wait_for(phone, 30, text=answer)
    _quiet(desk)
