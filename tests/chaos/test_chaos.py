"""Chaos is drawn from a seed: the same each time, and everything is broken in every way. `make chaos` plays it."""

from tests.chaos import schedule

SHORT = {"jobs": 20, "replies": 150, "kills": 2, "seconds": 15}


def test_a_seed_replays_its_schedule() -> None:
    first, again, other = (schedule.draw(seed, **SHORT) for seed in (7, 7, 8))
    assert (first, first.digest()) == (again, again.digest())
    assert first.digest() != other.digest()


def test_everything_is_broken_in_every_way() -> None:
    """At full size each process is killed, and so is a child of each that has some; all of it within the schedule."""
    plan = schedule.draw(1, jobs=500, replies=5000, kills=30, seconds=480)
    broken = {f"{each.how} {each.what}" for each in plan.breaks}
    deadly = {f"kill {name}" for name in (*schedule.MAINS, *schedule.STORES)}
    assert deadly | {f"kill child {name}" for name in schedule.CHILDREN} | {"empty redis"} <= broken
    assert sum(each.how.startswith("kill") for each in plan.breaks) == 30
    assert [each.at for each in plan.breaks] == sorted(each.at for each in plan.breaks)
    assert plan.breaks[-1].at < 480
    assert sum(len(job.answers) for job in plan.jobs) == 5000
