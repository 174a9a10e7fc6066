"""A thousand timers due in one minute while a hundred thousand wait; the cost of arming with many waiting timers."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from bench import crowd, load
from bench.figures import Figure, beside, plain
from bench.stage import BenchDesk, BenchStage
from dispatch.models import Timer
from dispatch.models.base.record import utc_now
from tests.waiting import until

ROUNDS = 3
WAITING, DUE, MINUTE = 100_000, 1_000, 60
ARMED = 500


def timers(stage: BenchStage) -> Iterator[Figure]:
    """Measure reminders, each to an agent and a client. Thirds of the minute are the rounds."""
    with stage.desk(("clock", "replies"), beat=True) as desk:
        agents = crowd.add_agents(desk.rows, 100)
        crowd.add_timers(desk.rows, WAITING)
        begins = datetime.now(UTC) + timedelta(seconds=15)
        jobs = crowd.add_jobs(desk.rows, DUE, agents, status="approved", starts_in=timedelta(minutes=31))
        crowd.add_timers(desk.rows, DUE, lambda n: begins + timedelta(seconds=n * MINUTE / DUE), jobs)
        ours = {"job": {"$in": jobs}}
        until(lambda: desk.rows["timers"].count_documents({**ours, "fired_at": {"$ne": None}}) == DUE, 180, every=1.0)
        late = [
            (row["fired_at"] - row["due_at"]).total_seconds()
            for row in desk.rows["timers"].find(ours).sort("due_at", 1)
        ]
    thirds = [late[n * DUE // ROUNDS : (n + 1) * DUE // ROUNDS] for n in range(ROUNDS)]
    what = f"late, {DUE:,} due in a minute of {WAITING:,}"
    yield plain("timers", f"{what}, p50", [load.percentile(third, 50) for third in thirds], "s")
    yield plain("timers", f"{what}, p99", [load.percentile(third, 99) for third in thirds], "s", at_most=2)
    yield from _arming(stage)


def _arming(stage: BenchStage) -> Iterator[Figure]:
    rounds = []
    for _ in range(ROUNDS):
        with stage.desk() as small:
            crowd.add_timers(small.rows, 1000)
            few = _armed(small)
        with stage.desk(large=True) as large:
            rounds.append((_armed(large), few))
            large.rows["timers"].delete_many({"kind": "armed"})
    yield beside("timers", "arming one, a million waiting, beside a thousand", rounds, "ms", at_most=1.2)


def _armed(desk: BenchDesk) -> float:
    crowd.add_timers(desk.rows, ARMED, lambda _: datetime.now(UTC) + timedelta(seconds=30), kind="armed")
    began = time.perf_counter()
    armed = Timer.arm(utc_now(), ARMED)
    took = time.perf_counter() - began
    assert len(armed) == ARMED
    return 1000 * took / ARMED
