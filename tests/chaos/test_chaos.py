"""A short fault-injection run: twenty jobs while processes are killed, stopped and frozen and the broker is emptied."""

from pathlib import Path

from tests.chaos import schedule
from tests.chaos.invariants import violations
from tests.chaos.run import play
from tests.chaos.table import table
from tests.conftest import HOME

SEED = 6
SHORT = {"jobs": 20, "replies": 150, "kills": 2, "seconds": 25}


def test_short_run_with_faults_has_no_violation() -> None:
    directory = Path(HOME) / "chaos"
    directory.mkdir()
    plan = schedule.draw(SEED, **SHORT)
    lines: list[str] = []
    record = play(plan, directory, lines.append)
    found = violations(record)
    assert not found, "\n".join([*lines, *map(str, found), table(record, found, len(plan.breaks), 0)])
    assert len(record.jobs) == SHORT["jobs"]
    assert len(record.spoken) >= SHORT["jobs"] / 2  # on a busy machine some offers arrive after the end
    assert sum(record.deaths.values()) >= SHORT["kills"]


def test_same_seed_gives_the_same_schedule() -> None:
    first, again, other = (schedule.draw(seed, **SHORT) for seed in (7, 7, 8))
    assert (first, first.digest()) == (again, again.digest())
    assert first.digest() != other.digest()


def test_full_schedule_kills_every_process_and_child() -> None:
    """All faults are within the schedule's time."""
    plan = schedule.draw(1, jobs=500, replies=5000, kills=30, seconds=480)
    broken = {f"{each.how} {each.what}" for each in plan.breaks}
    deadly = {f"kill {name}" for name in (*schedule.MAINS, *schedule.STORES)}
    assert deadly | {f"kill child {name}" for name in schedule.CHILDREN} | {"empty redis"} <= broken
    assert sum(each.how.startswith("kill") for each in plan.breaks) == 30
    assert [each.at for each in plan.breaks] == sorted(each.at for each in plan.breaks)
    assert plan.breaks[-1].at < 480
    assert sum(len(job.answers) for job in plan.jobs) == 5000
