"""A timer that fails each time is retried after growing waits, then parked, and never blocks another."""

from contextlib import suppress
from datetime import timedelta

import pytest
import structlog
from pymongo.errors import AutoReconnect
from structlog.testing import LogCapture

from dispatch import redis_client
from dispatch.actions import alarms, timers
from dispatch.actions import failures as actions_failures
from dispatch.actions.clock import due
from dispatch.actions.jobs import events
from dispatch.models import Job, Timer
from dispatch.models.base.record import utc_now
from dispatch.rules import failures as rules_failures
from dispatch.rules.clock import timer_kinds
from tests.builders import a_job
from tests.pretending import hinted

pytestmark = pytest.mark.usefixtures("stores_clean")
DAY = timedelta(days=1)


def an_opened_job():
    job = a_job("1h")
    events.follow_up(job.id, utc_now())
    Timer.objects(job=job.id, kind=timer_kinds.NOT_TAKEN.name).delete()  # only the expiry is tested here
    return Job.get(job.id)


def of(job, kind=timer_kinds.EXPIRY.name):
    return Timer.objects.get(job=job.id, kind=kind)


@pytest.fixture
def broken(monkeypatch):
    """Expiring fails with an error whose text must not be in a log."""

    def fails(*_):
        raise ValueError("Ada Obi, +2348031234567")

    monkeypatch.setitem(due._EFFECTS, timer_kinds.EXPIRY.name, fails)


@pytest.fixture
def killing(monkeypatch):
    """Expiring kills its worker."""

    def dies(*_):
        raise SystemExit

    monkeypatch.setitem(due._EFFECTS, timer_kinds.EXPIRY.name, dies)


@pytest.fixture
def logged(monkeypatch):
    """The captured log entries. A logger that was used once can't be captured, so the modules get new ones."""
    capture = LogCapture()
    for module in (due, actions_failures, alarms):
        monkeypatch.setattr(module, "log", structlog.wrap_logger(None, processors=[capture]))
    return capture.entries


def beats(job, until):
    """Arm and fire like beat and workers, from the due time on; return the seconds after it at which each try began."""
    now = first = of(job).due_at
    tried = []
    while now - first < until:
        for timer in Timer.arm(now):
            before = of(job).attempts
            with suppress(SystemExit):
                due.fire(timer.id, timer.due_at, now)
            assert of(job).attempts - before in (0, 1)
            if before < of(job).attempts <= rules_failures.MOST_TRIES:
                tried.append((now - first).total_seconds())
        now += timedelta(seconds=5)
    return tried


@pytest.mark.parametrize(
    ("how", "tried", "error"),
    [
        pytest.param(
            "broken", [0, 5, 10, 20, 40, 75], "ValueError in dispatch.actions.clock.due:_have_effect", id="broken"
        ),
        pytest.param("killing", [0, 5, 10, 15, 20, 25], rules_failures.WORKER_LOST, id="killing"),
    ],
)
def test_a_timer_that_fails_each_time_is_parked_after_six_tries(how, tried, error, request, logged):
    request.getfixturevalue(how)
    job = an_opened_job()
    logged.clear()
    assert beats(job, timedelta(hours=1)) == tried
    timer = of(job)
    assert (timer.waiting, timer.fired_at, timer.error) == (False, None, error)
    assert timer.parked_at
    assert timer.attempts >= rules_failures.MOST_TRIES
    assert Job.get(job.id).attention == "stuck"
    reported = [entry["event"] for entry in logged if entry["event"] != "task failed"]
    assert reported == ["timer parked", "job needs attention"]
    assert "Ada" not in str(logged)


@pytest.mark.usefixtures("broken")
def test_a_parked_timer_that_is_retried_has_six_tries_again():
    job = an_opened_job()
    beats(job, timedelta(hours=1))
    assert Timer.retry_parked({"job": job.id}, of(job).due_at) == 1
    assert len(beats(job, timedelta(hours=1))) == rules_failures.MOST_TRIES


def test_a_failing_timer_does_not_hold_up_others(broken, monkeypatch):
    good, bad = an_opened_job(), an_opened_job()
    Timer.collection().update_one({"job": good.id}, {"$set": {"kind": timer_kinds.HOLD.name}})
    now = of(bad).due_at
    fired = []
    monkeypatch.setitem(due._EFFECTS, timer_kinds.HOLD.name, lambda job, *_: fired.append(job.id))
    for timer in Timer.arm(now + DAY):
        due.fire(timer.id, timer.due_at, now + DAY)
    assert fired == [good.id]


@pytest.mark.usefixtures("broken")
def test_a_parked_timer_that_is_set_again_waits_to_be_fired():
    job = an_opened_job()
    beats(job, timedelta(hours=1))
    Timer.set(job.id, timer_kinds.EXPIRY.name, job.starts_at + DAY, 99, 60)
    assert (of(job).waiting, of(job).attempts, of(job).parked_at) == (True, 0, None)


def test_a_timer_of_an_unknown_kind_is_left_waiting(logged):
    """Newer code has set the timer, and was rolled back."""
    job = an_opened_job()
    Timer.collection().update_one({"job": job.id}, {"$set": {"kind": "survey"}})
    timer, now = of(job, "survey"), of(job, "survey").due_at
    for n in range(20):
        logged.clear()
        due.fire(timer.id, timer.due_at, now + n * due.RECHECK_UNKNOWN_AFTER)
        assert [entry["event"] for entry in logged] == ["timer of unknown kind"]
    assert (of(job, "survey").waiting, of(job, "survey").attempts) == (True, 0)
    assert Timer.arm(now + 19 * due.RECHECK_UNKNOWN_AFTER + timedelta(minutes=4)) == []


def test_many_overdue_timers_are_armed_in_batches_one_after_the_other(monkeypatch):
    monkeypatch.setattr(timers, "BATCH", 3)
    for _ in range(7):
        an_opened_job()
    goes = []
    for _ in range(4):
        timers.arm(utc_now() + DAY)
        goes.append((len(hinted("reminders")), sum(True for _ in queued("sweeps"))))
    assert goes == [(3, 1), (6, 2), (7, 2), (7, 2)]


def test_no_more_timers_are_armed_while_the_queue_is_full(monkeypatch):
    monkeypatch.setattr(timers, "BATCH", 3)
    monkeypatch.setattr(timers, "MOST_HINTS", 6)
    for _ in range(7):
        an_opened_job()
    for _ in range(3):
        timers.arm(utc_now() + DAY)
    assert len(hinted("reminders")) == 6
    queued("reminders", empty=True)
    timers.arm(utc_now() + DAY)
    assert len(hinted("reminders")) == 1  # six are in the queue; the seventh is armed now


def queued(queue, empty=False):
    """Return the contents of a queue; with `empty`, remove them."""
    client = redis_client.client()
    found = client.lrange(queue, 0, -1)
    if empty:
        client.delete(queue)
    return found


def test_an_outage_of_a_store_parks_no_timer(monkeypatch):
    """A reminder survives an outage of any length, and no try is counted."""

    def finds_no_mongodb(*_):
        raise AutoReconnect("connection closed")

    monkeypatch.setitem(due._EFFECTS, timer_kinds.EXPIRY.name, finds_no_mongodb)
    job = an_opened_job()
    beats(job, timedelta(minutes=20))
    assert (of(job).waiting, of(job).attempts) == (True, 0)
    monkeypatch.undo()
    due.fire(of(job).id, of(job).due_at, of(job).due_at + DAY)
    assert Job.get(job.id).state == "expired"
