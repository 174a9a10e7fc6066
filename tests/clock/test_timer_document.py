"""Timers: one row a job and kind; the newest version counts; firing is leased."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from bson import ObjectId

from dispatch import stores
from dispatch.models import Timer
from dispatch.models.base.record import utc_now
from dispatch.models.timer import HINTED_SECONDS, SECONDS_A_HINT
from dispatch.rules import failures
from dispatch.rules.failures import Failure
from tests.faults.interleaving import Intruder

pytestmark = pytest.mark.usefixtures("stores_clean")
JOB = ObjectId()
HORIZON, AGAIN, LEASE = 60, HINTED_SECONDS, 5


def in_(seconds):
    return START + timedelta(seconds=seconds)


START = utc_now()


@pytest.fixture
def intruder():
    """Lets something else happen amid the arming."""
    listener = Intruder()
    stores.connect(listeners=[listener])
    yield listener
    stores.connect()


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
    assert Timer.arm(in_(999)) == []
    assert a_timer(50, version=2).fired_at is None


def test_a_timer_is_armed_within_the_horizon_and_pushed_on():
    timer = a_timer(100)
    assert Timer.arm(in_(39)) == []
    assert [each.id for each in Timer.arm(in_(40))] == [timer.id]
    assert Timer.arm(in_(99)) == []  # armed already
    assert [each.id for each in Timer.arm(in_(100))] == [timer.id]  # its hint was lost
    assert Timer.arm(in_(100 + AGAIN - 1)) == []  # overdue, and hinted at just now
    assert [each.id for each in Timer.arm(in_(100 + AGAIN))] == [timer.id]


def test_one_that_is_hinted_at_behind_others_is_not_hinted_at_again_before_its_turn():
    """Else a backlog fills the queue with hints at what has fired by then, before whatever falls due next."""
    a_timer()
    assert len(Timer.arm(START, hints_before=1000)) == 1
    its_turn = AGAIN + 1000 * SECONDS_A_HINT
    assert Timer.arm(in_(its_turn - 1)) == []
    assert len(Timer.arm(in_(its_turn))) == 1


def test_the_longest_overdue_are_armed_first_and_no_more_than_asked_for():
    due = [30, 5, 20, 10]
    for seconds in due:
        a_timer(seconds, job=ObjectId())
    armed = [(each.due_at - START).total_seconds() for _ in range(3) for each in Timer.arm(in_(40), limit=2)]
    assert armed == sorted(due)


def test_two_that_arm_at_once_arm_each_timer_once():
    for n in range(20):
        a_timer(n, job=ObjectId())
    with ThreadPoolExecutor(2) as threads:
        armed = [timer.id for found in threads.map(lambda _: Timer.arm(in_(0)), range(2)) for timer in found]
    assert sorted(armed) == sorted(timer.id for timer in Timer.objects)


@pytest.mark.parametrize("command", range(1, 5))
def test_two_looks_arm_each_timer_once_whatever_comes_between(intruder, command):
    """Before each command of one look, all of the other happens."""
    timers = [a_timer(n, job=ObjectId()).id for n in range(3)]
    armed = []
    intruder.amid(lambda: armed.extend(Timer.arm(in_(0))), command, lambda: armed.extend(Timer.arm(in_(0))))
    assert sorted(timer.id for timer in armed) == timers


@pytest.mark.parametrize("command", range(1, 5))
def test_one_that_is_set_anew_while_it_is_armed_is_armed_for_no_other_time_than_is_near(intruder, command):
    a_timer()
    armed = []
    intruder.amid(lambda: armed.extend(Timer.arm(START)), command, lambda: a_timer(9999, version=2))
    assert {timer.due_at for timer in armed} <= {START}
    assert Timer.arm(in_(9999 - HORIZON - 1)) == []
    assert len(Timer.arm(in_(9999 - HORIZON))) == 1


def test_many_are_armed_with_as_many_commands_as_one(intruder):
    asked = []
    for many in (1, 50):
        for n in range(many):
            a_timer(-n, job=ObjectId())
        asked.append(intruder.count(lambda: Timer.arm(START)))
    assert asked[0] == asked[1]


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
        assert Timer.lease(timer.id, timer.due_at, START).attempts == 1
    assert bool(Timer.lease(timer.id, timer.due_at, in_(moment))) == taken


def test_code_from_before_tries_can_take_it_too():
    """It counted in a field of that name, and takes what stands there as it has read it."""
    timer = a_timer()
    Timer.failed(Timer.lease(timer.id, timer.due_at, START), Failure("KeyError"), START)
    assert Timer.collection().find_one({})["attempts"] == 0


@pytest.mark.parametrize("tries", [1, 2, 6])
def test_what_fails_is_not_repeated_before_its_wait_is_over(tries):
    """Not by a hint that stands in the queue from before, either."""
    timer = a_timer()
    Timer.collection().update_one({"_id": timer.id}, {"$set": {"tries": tries - 1}})
    leased = Timer.lease(timer.id, timer.due_at, START)
    assert (leased.tries, leased.leased_until, leased.next_attempt_at) == (tries, in_(LEASE), in_(LEASE))
    assert Timer.failed(leased, Failure("KeyError"), START) == (tries == 6)
    if tries < 6:
        wait = 2**tries
        assert Timer.arm(in_(wait - 1)) == []
        assert Timer.lease(timer.id, timer.due_at, in_(wait - 1)) is None
        assert len(Timer.arm(in_(wait))) == 1
        assert Timer.lease(timer.id, timer.due_at, in_(wait)).tries == tries + 1


def test_two_that_lease_at_once_count_once():
    for _ in range(20):
        Timer.collection().delete_many({})
        timer = a_timer()
        with ThreadPoolExecutor(4) as threads:
            leased = list(threads.map(lambda _, timer=timer: Timer.lease(timer.id, timer.due_at, START), range(4)))
        assert [each.attempts for each in leased if each] == [1]


def test_before_it_is_due_it_is_not_leased():
    """The host's clock was set back after it was armed, or another host's is ahead."""
    timer = a_timer(10)
    assert Timer.lease(timer.id, timer.due_at, in_(9.999)) is None
    assert Timer.objects.get().attempts == 0
    assert Timer.lease(timer.id, timer.due_at, in_(10)) is not None


def test_to_be_fired_later_it_waits_and_that_is_no_attempt():
    timer = a_timer()
    Timer.fire_later(Timer.lease(timer.id, timer.due_at, START), in_(30))
    assert Timer.arm(in_(29)) == []
    assert len(Timer.arm(in_(30))) == 1
    assert Timer.lease(timer.id, timer.due_at, in_(30)).attempts == 1


def park(timer):
    """Let it fail for the last time."""
    Timer.objects(pk=timer.id, tries__exists=True).update(tries=failures.MOST_TRIES)
    timer.tries = failures.MOST_TRIES
    Timer.failed(timer, Failure("KeyError"), START)


ENDS = [
    pytest.param(lambda timer: Timer.finish(timer, START), id="fired"),
    pytest.param(lambda timer: Timer.mark_missed(timer.job, timer.kind, 1, START), id="missed"),
    pytest.param(park, id="parked"),
]


@pytest.mark.parametrize("end", ENDS)
def test_in_the_end_it_is_not_armed_nor_leased_any_more_but_set_anew_it_is(end):
    timer = a_timer()
    leased = Timer.lease(timer.id, timer.due_at, START)
    end(leased)
    assert not Timer.objects.get().waiting
    assert Timer.arm(in_(999)) == []
    assert Timer.lease(timer.id, timer.due_at, in_(999)) is None
    anew = a_timer(50, version=2)
    assert (anew.waiting, anew.fired_at, anew.missed_at, anew.parked_at, anew.error) == (True, None, None, None, None)
    assert Timer.lease(timer.id, anew.due_at, in_(50)).attempts == 1


@pytest.mark.parametrize("end", ENDS)
def test_what_has_been_set_anew_is_not_ended_by_the_old_firing(end):
    leased = Timer.lease(a_timer().id, START, START)
    a_timer(50, version=2)
    Timer.collection().update_one({}, {"$set": {"plan": 2}})
    end(leased)
    assert Timer.objects.get().waiting


def test_what_has_been_set_anew_and_is_being_fired_is_not_put_off_by_the_old_firing():
    old = Timer.lease(a_timer().id, START, START)
    new = Timer.lease(a_timer(1, version=2).id, in_(1), in_(1))
    Timer.fire_later(old, in_(99))
    assert Timer.objects.get().leased_until == new.leased_until


def test_what_was_missed_is_not_marked_as_fired():
    leased = Timer.lease(a_timer().id, START, START)
    Timer.mark_missed(leased.job, leased.kind, 1, START)
    Timer.finish(leased, in_(1))
    assert (Timer.objects.get().fired_at, Timer.objects.get().missed_at) == (None, START)


def test_what_is_parked_of_a_job_can_be_put_back():
    mine, other = a_timer(), a_timer(job=ObjectId())
    a_timer(kind="expiry")
    for timer in (mine, other):
        park(Timer.lease(timer.id, timer.due_at, START))
    assert [Timer.retry_parked({"job": JOB}, in_(3)) for _ in range(2)] == [1, 0]
    assert [timer.id for timer in Timer.arm(in_(3)) if timer.id in (mine.id, other.id)] == [mine.id]
    assert Timer.lease(mine.id, mine.due_at, in_(3)).attempts == 1
    assert not Timer.objects.get(pk=other.id).waiting


def test_clearing_leaves_what_has_happened():
    fired, missed, parked = (a_timer(kind=kind) for kind in ("nudge", "reminder", "ending"))
    a_timer(kind="expiry")
    Timer.finish(fired, START)
    Timer.mark_missed(JOB, missed.kind, 1, START)
    park(Timer.lease(parked.id, parked.due_at, START))
    Timer.clear(JOB)
    assert [timer.kind for timer in Timer.of_job(JOB)] == ["nudge", "reminder"]


def test_a_stale_due_time_lets_go():
    timer = a_timer(10)
    moved = a_timer(500, version=2)
    assert Timer.lease(timer.id, timer.due_at, in_(10)) is None
    assert Timer.lease(timer.id, moved.due_at, in_(500)) is not None


def test_a_timer_that_was_set_anew_while_firing_is_not_finished():
    timer = a_timer(10)
    leased = Timer.lease(timer.id, timer.due_at, in_(10))
    anew = a_timer(500, version=2)
    Timer.finish(leased, in_(11))
    assert [each.id for each in Timer.arm(in_(500))] == [timer.id]
    assert Timer.lease(timer.id, anew.due_at, in_(500)) is not None


def test_a_fired_timer_is_not_leased():
    timer = a_timer()
    Timer.finish(timer, START)
    assert Timer.lease(timer.id, timer.due_at, in_(100)) is None
