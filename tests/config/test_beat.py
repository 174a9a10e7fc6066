"""Beat goes on when the host's clock is set."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from celery import Celery

from celery_app import app
from config import beat

START = datetime(2027, 1, 15, 13, tzinfo=UTC)


class Clock:
    """Elapsed time, and a host's clock that can be set."""

    def __init__(self) -> None:
        self.passed, self.step = 0.0, timedelta()

    def steady(self) -> float:
        """Return the elapsed seconds."""
        return self.passed

    def __call__(self) -> datetime:
        return START + timedelta(seconds=self.passed) + self.step


class Ticking(beat.Scheduler):
    """A scheduler that records the tasks it would send, without a file."""

    producer: Any = None

    def __init__(self, clock: Clock) -> None:
        self.sent: list[str] = []
        self.clock = clock
        super().__init__(Celery("beat", set_as_current=False), schedule_filename="nowhere", lazy=True)
        self._store: Any = {"entries": {}}
        for name, entry in beat.schedule(5).items():
            every = beat.Every(5, nowfun=clock)
            self.schedule[name] = self.Entry(name, entry["task"], clock(), schedule=every, app=self.app)

    def apply_entry(self, entry: Any, producer: Any = None) -> None:
        """Record the task."""
        self.sent.append(entry.task)


def ticks(scheduler: Ticking, seconds: float) -> Counter[str]:
    """Let this time pass, as beat sleeps. Return how often each task was sent."""
    scheduler.sent.clear()
    end = scheduler.clock.passed + seconds
    while scheduler.clock.passed < end:
        scheduler.clock.passed += max(scheduler.tick(), 0.001)  # a tick takes time, too
    return Counter(scheduler.sent)


@pytest.mark.parametrize("step", [timedelta(), -timedelta(hours=1), -timedelta(days=400), timedelta(hours=1)])
def test_beat_goes_on_when_the_clock_is_set(step: timedelta, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    monkeypatch.setattr(beat.time, "monotonic", clock.steady)
    scheduler = Ticking(clock)
    assert len(ticks(scheduler, 20)) == len(beat.schedule(5))
    clock.step = step
    sent = ticks(scheduler, 100)
    assert set(sent) == {entry["task"] for entry in beat.schedule(5).values()}
    assert all(19 <= times <= 23 for times in sent.values())


def test_beat_starts_at_once_with_a_schedule_file_from_the_future() -> None:
    assert beat.Every(5).is_due(datetime.now(UTC) + timedelta(days=1)) == (True, 5)
    assert beat.Every(5).is_due(datetime.now(UTC))[0] is False


def test_the_celery_app_uses_this_scheduler() -> None:
    assert app.conf.beat_scheduler == "config.beat:Scheduler"
