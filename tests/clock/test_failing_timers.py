"""A timer that fails each time is tried less and less often, parked, and never blocks another."""

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
    return Job.get(job.id)


def of(job, kind=timer_kinds.EXPIRY.name):
    return Timer.objects.get(job=job.id, kind=kind)


@pytest.fixture
def broken(monkeypatch):
    """Expiring fails, with words that nobody is to read in a log."""

    def fails(*_):
        raise ValueError("Ada Obi, +2348031234567")

    monkeypatch.setitem(due._EFFECTS, timer_kinds.EXPIRY.name, fails)


@pytest.fixture
def killing(monkeypatch):
    """Expiring kills its worker: nothing after it is done."""

    def dies(*_):
        raise SystemExit

    monkeypatch.setitem(due._EFFECTS, timer_kinds.EXPIRY.name, dies)


@pytest.fixture
def logged(monkeypatch):
    """What is logged of it; loggers that were set up once can't be captured any more."""
    capture = LogCapture()
    for module in (due, actions_failures, alarms):
        monkeypatch.setattr(module, "log", structlog.wrap_logger(None, processors=[capture]))
    return capture.entries


def beats(job, until):
    """Arm and fire as beat and workers would, from the due time on; return how often it was tried, and when last."""
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
def test_it_is_tried_a_few_times_and_then_parked(how, tried, error, request, logged):
    request.getfixturevalue(how)
    job = an_opened_job()
    logged.clear()
    assert beats(job, timedelta(hours=1)) == tried
    timer = of(job)
    assert (timer.waiting, timer.fired_at, timer.error) == (False, None, error)
    assert timer.parked_at
    assert timer.attempts >= rules_failures.MOST_TRIES
    assert Job.get(job.id).attention == "stuck"
    told = [entry["event"] for entry in logged if entry["event"] != "work failed"]
    assert told == ["timer parked", "job needs attention"]
    assert "Ada" not in str(logged)


@pytest.mark.usefixtures("broken")
def test_put_back_it_has_all_its_attempts():
    job = an_opened_job()
    beats(job, timedelta(hours=1))
    assert Timer.retry_parked({"job": job.id}, of(job).due_at) == 1
    assert len(beats(job, timedelta(hours=1))) == rules_failures.MOST_TRIES


def test_others_fall_due_meanwhile(broken, monkeypatch):
    good, bad = an_opened_job(), an_opened_job()
    Timer.collection().update_one({"job": good.id}, {"$set": {"kind": timer_kinds.UNCONFIRMED.name}})
    now = of(bad).due_at
    fired = []
    monkeypatch.setitem(due._EFFECTS, timer_kinds.UNCONFIRMED.name, lambda job, *_: fired.append(job.id))
    for timer in Timer.arm(now + DAY):
        due.fire(timer.id, timer.due_at, now + DAY)
    assert fired == [good.id]


@pytest.mark.usefixtures("broken")
def test_set_anew_it_is_fired_again():
    job = an_opened_job()
    beats(job, timedelta(hours=1))
    Timer.set(job.id, timer_kinds.EXPIRY.name, job.starts_at + DAY, 99, 60)
    assert (of(job).waiting, of(job).attempts, of(job).parked_at) == (True, 0, None)


def test_a_kind_that_this_code_does_not_know_is_left_waiting(logged):
    """It was set by a newer one, which has been rolled back."""
    job = an_opened_job()
    Timer.collection().update_one({"job": job.id}, {"$set": {"kind": "survey"}})
    timer, now = of(job, "survey"), of(job, "survey").due_at
    for n in range(20):
        logged.clear()
        due.fire(timer.id, timer.due_at, now + n * due.RECHECK_UNKNOWN_AFTER)
        assert [entry["event"] for entry in logged] == ["timer of unknown kind"]
    assert (of(job, "survey").waiting, of(job, "survey").attempts) == (True, 0)
    assert Timer.arm(now + 19 * due.RECHECK_UNKNOWN_AFTER + timedelta(minutes=4)) == []


def test_many_that_are_overdue_are_armed_in_goes_that_call_for_the_next(monkeypatch):
    monkeypatch.setattr(timers, "BATCH", 3)
    for _ in range(7):
        an_opened_job()
    goes = []
    for _ in range(4):
        timers.arm(utc_now() + DAY)
        goes.append((len(hinted("reminders")), sum(True for _ in queued("sweeps"))))
    assert goes == [(3, 1), (6, 2), (7, 2), (7, 2)]


def test_no_more_are_armed_than_the_workers_keep_up_with(monkeypatch):
    monkeypatch.setattr(timers, "BATCH", 3)
    monkeypatch.setattr(timers, "MOST_HINTS", 6)
    for _ in range(7):
        an_opened_job()
    for _ in range(3):
        timers.arm(utc_now() + DAY)
    assert len(hinted("reminders")) == 6
    queued("reminders", empty=True)
    timers.arm(utc_now() + DAY)
    assert len(hinted("reminders")) == 1  # those hinted at have their time; the seventh is armed now


def queued(queue, empty=False):
    """Return what stands in a queue, and empty it if asked to."""
    client = redis_client.client()
    found = client.lrange(queue, 0, -1)
    if empty:
        client.delete(queue)
    return found


def test_a_store_that_does_not_answer_parks_no_timer(monkeypatch):
    """However long: a reminder is not lost to an outage, and nothing of it is counted."""

    def finds_no_mongodb(*_):
        raise AutoReconnect("connection closed")

    monkeypatch.setitem(due._EFFECTS, timer_kinds.EXPIRY.name, finds_no_mongodb)
    job = an_opened_job()
    beats(job, timedelta(minutes=20))
    assert (of(job).waiting, of(job).attempts) == (True, 0)
    monkeypatch.undo()
    due.fire(of(job).id, of(job).due_at, of(job).due_at + DAY)
    assert Job.get(job.id).state == "expired"
