"""Timers: one row a job and kind; the newest version counts; firing is leased."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from bson import ObjectId

from dispatch.models import Timer
from dispatch.models.record import utc_now

pytestmark = pytest.mark.usefixtures("stores_clean")
JOB = ObjectId()
HORIZON, AGAIN, LEASE = 60, 5, 20


def in_(seconds):
    return START + timedelta(seconds=seconds)


START = utc_now()


def a_timer(due_in=0, version=1, kind="reminder", job=JOB):
    return Timer.set(job, kind, in_(due_in), version, HORIZON)


def test_one_row_a_job_and_kind():
    assert a_timer(10).id == a_timer(20, version=2).id
    a_timer(30, kind="expiry")
    a_timer(40, job=ObjectId())
    assert sorted((timer.due_at - START).total_seconds() for timer in Timer.objects) == [20, 30, 40]


@pytest.mark.parametrize(
    ("version", "due"),
    [
        pytest.param(3, 99, id="a newer version rewrites it"),
        pytest.param(2, 10, id="the same version stands"),
        pytest.param(1, 10, id="an older version never overwrites a newer"),
    ],
)
def test_versions(version, due):
    a_timer(10, version=2)
    assert bool(a_timer(99, version=version)) == (due == 99)
    [timer] = Timer.objects
    assert timer.due_at == in_(due)


def test_versions_at_once_leave_the_newest():
    for _ in range(40):
        Timer.collection().delete_many({})
        with ThreadPoolExecutor(6) as threads:
            list(threads.map(lambda version: a_timer(version, version=version), [3, 1, 6, 2, 5, 4]))
        [timer] = Timer.objects
        assert (timer.version, timer.due_at) == (6, in_(6))


def test_a_timer_that_has_fired_is_not_set_again_for_the_same_version():
    timer = a_timer()
    Timer.finish(timer, START)
    assert a_timer() is None
    assert Timer.arm(in_(999), AGAIN) == []
    assert a_timer(50, version=2).fired_at is None


def test_a_timer_is_armed_within_the_horizon_and_pushed_on():
    timer = a_timer(100)
    assert Timer.arm(in_(39), AGAIN) == []
    assert [each.id for each in Timer.arm(in_(40), AGAIN)] == [timer.id]
    assert Timer.arm(in_(104), AGAIN) == []  # armed already
    assert [each.id for each in Timer.arm(in_(105), AGAIN)] == [timer.id]  # its hint was lost
    assert Timer.arm(in_(109), AGAIN) == []


def test_two_that_arm_at_once_arm_each_timer_once():
    for n in range(20):
        a_timer(n, job=ObjectId())
    with ThreadPoolExecutor(2) as threads:
        armed = [timer.id for found in threads.map(lambda _: Timer.arm(in_(0), AGAIN), range(2)) for timer in found]
    assert sorted(armed) == sorted(timer.id for timer in Timer.objects)


@pytest.mark.parametrize(
    ("moment", "taken"),
    [
        pytest.param(0, True, id="nobody has it"),
        pytest.param(LEASE - 1, False, id="somebody is firing it"),
        pytest.param(LEASE, True, id="whoever fired it died"),
    ],
)
def test_firing_is_leased(moment, taken):
    timer = a_timer()
    if moment:
        assert Timer.lease(timer.id, timer.due_at, START, LEASE).attempts == 1
    assert bool(Timer.lease(timer.id, timer.due_at, in_(moment), LEASE)) == taken


def test_a_stale_due_time_lets_go():
    timer = a_timer(10)
    moved = a_timer(500, version=2)
    assert Timer.lease(timer.id, timer.due_at, in_(10), LEASE) is None
    assert Timer.lease(timer.id, moved.due_at, in_(500), LEASE) is not None


def test_a_timer_that_was_set_anew_while_firing_is_not_finished():
    timer = a_timer(10)
    leased = Timer.lease(timer.id, timer.due_at, in_(10), LEASE)
    anew = a_timer(500, version=2)
    Timer.finish(leased, in_(11))
    assert [each.id for each in Timer.arm(in_(500), AGAIN)] == [timer.id]
    assert Timer.lease(timer.id, anew.due_at, in_(500), LEASE) is not None


def test_a_fired_timer_is_not_leased():
    timer = a_timer()
    Timer.finish(timer, START)
    assert Timer.lease(timer.id, timer.due_at, in_(100), LEASE) is None
