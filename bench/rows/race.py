"""Two hundred agents reply YES to one job at once: the winner, and the time until all have an answer."""

import os
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from bench import asking, crowd, load
from bench.figures import Figure, plain
from bench.stage import BenchDesk, BenchStage
from config.queues import WORKERS
from tests.bodies import a_job_body
from tests.waiting import until

AGENTS = 200
#: A hundred races take a quarter of an hour: `make bench ROW=race RACES=100`.
RACES = int(os.environ.get("RACES", "5"))


def race(stage: BenchStage) -> Iterator[Figure]:
    """Check that the agent whose YES arrived first wins each race."""
    with stage.desk(tuple(WORKERS), beat=True) as desk:
        phones = [agent["phone"] for agent in crowd.add_agents(desk.rows, AGENTS)]
        runs = [_run(desk, phones) for _ in range(RACES)]
    yield plain(
        "race",
        f"{RACES} races of {AGENTS}: won by the earliest, and by nobody else",
        [float(sum(right for right, _, _ in runs))],
        "",
        at_least=RACES,
    )
    yield plain("race", "first YES to the settled job", [settled for _, settled, _ in runs], "s")
    yield plain("race", 'first YES to the last "taken"', [told for _, _, told in runs], "s")


def _run(desk: BenchDesk, phones: list[str]) -> tuple[bool, float, float]:
    desk.twilio.clear()
    job = desk.post("/api/jobs/", a_job_body())
    desk.twilio.wait_for_many(job["code"], AGENTS, 60)
    load.at_a_rate(desk.port, asking.inbound(desk.base, phones, AGENTS, text=f"yes {job['code']}"), 1e6).all_of(204)
    row = until(lambda: _settled(desk, job["code"]), 60, "a settled job")
    taken = desk.twilio.wait_for_many(lambda sent: f"{job['code']}* has gone" in sent.body, AGENTS - 1, 120)
    heard = desk.rows["messages"].find({"direction": "inbound", "meaning.job": row["_id"]})
    first = min(heard, key=lambda each: (each["received_at"], each["_id"]))
    won = [event for event in row["timeline"] if event["name"] == "assigned"]
    right = len(won) == 1 and won[0]["cause"] == first["_id"]
    return right, _since(first, won[0]["at"]), _since(first, max(each.accepted_at for each in taken))


def _settled(desk: BenchDesk, code: str) -> dict[str, Any] | None:
    return desk.rows["jobs"].find_one({"code": code, "status": "assigned"})


def _since(first: dict[str, Any], at: datetime) -> float:
    return (at - first["received_at"]).total_seconds()
