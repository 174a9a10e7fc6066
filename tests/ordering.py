"""The order of test files on several workers: the longest first, and all users of the running desk on one worker."""

from pathlib import PurePosixPath

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

#: Users of the fixture `running_desk`. On one worker they need one desk, not one on each worker.
RUNNING_DESK = frozenset(
    {
        "tests/browser/test_phones_page.py",
        "tests/browser/test_templates.py",
        "tests/live/test_overload.py",
        "tests/live/test_phones_desk.py",
        "tests/live/test_timers.py",
        "tests/test_day_in_the_life.py",
    }
)
#: Files and folders that take long, the longest first. A list that is out of date costs time and nothing else.
LONG = (
    "tests/live/test_races.py",
    "tests/live/test_timers_survive.py",
    "tests/chaos/test_chaos.py",
    "tests/live",
    "tests/test_make_run.py",
    "tests/points",
    "tests/browser",
    "tests/test_day_in_the_life.py",
    "tests/lifetime",
    "tests/sandbox/test_demo.py",
    "tests/faults",
    "tests/stories",
)


class LongestFirst(LoadFileScheduling):
    """Gives each worker one file after another, in the order of collection."""

    def _split_scope(self, nodeid: str) -> str:
        file = super()._split_scope(nodeid)
        return "the running desk" if file in RUNNING_DESK else file


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LongestFirst | None:
    """Return the scheduler for `--dist loadfile`. Return None for another way to distribute tests."""
    if config.getvalue("dist") != "loadfile":
        return None
    config.option.loadscopereorder = False
    return LongestFirst(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Sort tests by the place of their file in LONG. The others follow in the order in which they were found."""
    items.sort(key=lambda item: _place(item.nodeid.partition("::")[0]))


def _place(file: str) -> int:
    path = PurePosixPath(file)
    return next((place for place, long in enumerate(LONG) if path.is_relative_to(long)), len(LONG))
