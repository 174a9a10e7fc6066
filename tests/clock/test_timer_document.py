"""The timer document: one row for each job and kind; the newest version counts; firing needs a lease."""

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
    """Runs another action between the commands of arming."""
    listener = Intruder()
    stores.connect(listeners=[listener])
    yield listener
    stores.connect()


def a_timer(due_in=0, version=1, kind="reminder", job=JOB):
    return Timer.set(job, kind, in_(due_in), version, HORIZON)


def test_a_job_has_one_row_for_each_kind_of_timer():
    assert a_timer(10).id == a_timer(20, version=2).id
    a_timer(30, kind="expiry")
    a_timer(40, job=ObjectId())
    assert sorted((timer.due_at - START).total_seconds() for timer in Timer.objects) == [20, 30, 40]


@pytest.mark.parametrize(
    ("version", "due"),
    [
        pytest.param(3, 99, id="a newer version rewrites it"),
        pytest.param(2, 10, id="the same version is kept"),
        pytest.param(1, 10, id="an older version never overwrites a newer"),
    ],
)
def test_only_a_newer_version_rewrites_a_timer(version, due):
    a_timer(10, version=2)
    assert bool(a_timer(99, version=version)) == (due == 99)
    [timer] = Timer.objects
    assert timer.due_at == in_(due)


def test_versions_written_at_once_leave_the_newest():
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


def test_a_timer_is_armed_within_the_horizon_and_again_when_it_is_overdue():
    timer = a_timer(100)
    assert Timer.arm(in_(39)) == []
    assert [each.id for each in Timer.arm(in_(40))] == [timer.id]
    assert Timer.arm(in_(99)) == []  # armed already
    assert [each.id for each in Timer.arm(in_(100))] == [timer.id]  # its hint was lost
    assert Timer.arm(in_(100 + AGAIN - 1)) == []  # overdue, and enqueued just now
    assert [each.id for each in Timer.arm(in_(100 + AGAIN))] == [timer.id]


def test_a_timer_behind_other_hints_is_armed_again_only_after_their_time():
    """Otherwise a backlog fills the queue with hints at fired timers, before the ones that are due next."""
    a_timer()
    assert len(Timer.arm(START, hints_before=1000)) == 1
    its_turn = AGAIN + 1000 * SECONDS_A_HINT
    assert Timer.arm(in_(its_turn - 1)) == []
    assert len(Timer.arm(in_(its_turn))) == 1


def test_the_longest_overdue_timers_are_armed_first_up_to_the_limit():
    due = [30, 5, 20, 10]
    for seconds in due:
        a_timer(seconds, job=ObjectId())
    armed = [(each.due_at - START).total_seconds() for _ in range(3) for each in Timer.arm(in_(40), limit=2)]
    assert armed == sorted(due)


def test_two_runs_at_once_arm_each_timer_once():
    for n in range(20):
        a_timer(n, job=ObjectId())
    with ThreadPoolExecutor(2) as threads:
        armed = [timer.id for found in threads.map(lambda _: Timer.arm(in_(0)), range(2)) for timer in found]
    assert sorted(armed) == sorted(timer.id for timer in Timer.objects)


@pytest.mark.parametrize("command", range(1, 5))
def test_two_interleaved_runs_arm_each_timer_once(intruder, command):
    """The second run happens as a whole before one of the commands of the first."""
    ids = [a_timer(n, job=ObjectId()).id for n in range(3)]
    armed = []
    intruder.amid(lambda: armed.extend(Timer.arm(in_(0))), command, lambda: armed.extend(Timer.arm(in_(0))))
    assert sorted(timer.id for timer in armed) == ids


@pytest.mark.parametrize("command", range(1, 5))
def test_a_timer_that_is_set_again_while_it_is_armed_is_armed_only_for_a_near_time(intruder, command):
    a_timer()
    armed = []
    intruder.amid(lambda: armed.extend(Timer.arm(START)), command, lambda: a_timer(9999, version=2))
    assert {timer.due_at for timer in armed} <= {START}
    assert Timer.arm(in_(9999 - HORIZON - 1)) == []
    assert len(Timer.arm(in_(9999 - HORIZON))) == 1


def test_arming_many_timers_needs_as_many_commands_as_arming_one(intruder):
    asked = []
    for many in (1, 50):
        for n in range(many):
            a_timer(-n, job=ObjectId())
        asked.append(intruder.count(lambda: Timer.arm(START)))
    assert asked[0] == asked[1]


@pytest.mark.parametrize(
    ("moment", "taken"),
    [
        pytest.param(0, True, id="no lease"),
        pytest.param(LEASE - 1, False, id="leased by another worker"),
        pytest.param(LEASE, True, id="the worker died"),
    ],
)
def test_a_timer_can_be_leased_again_only_after_the_lease_ended(moment, taken):
    timer = a_timer()
    if moment:
        assert Timer.lease(timer.id, timer.due_at, START).attempts == 1
    assert bool(Timer.lease(timer.id, timer.due_at, in_(moment))) == taken


def test_the_field_attempts_stays_for_older_code():
    """Older code counts its tries in `attempts`, and its lease compares the value that it has read."""
    timer = a_timer()
    Timer.failed(Timer.lease(timer.id, timer.due_at, START), Failure("KeyError"), START)
    assert Timer.collection().find_one({})["attempts"] == 0


@pytest.mark.parametrize("tries", [1, 2, 6])
def test_a_failed_timer_is_not_fired_again_before_its_wait_is_over(tries):
    """A hint that was enqueued before does not fire the timer either."""
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


def test_two_leases_at_once_count_one_try():
    for _ in range(20):
        Timer.collection().delete_many({})
        timer = a_timer()
        with ThreadPoolExecutor(4) as threads:
            leased = list(threads.map(lambda _, timer=timer: Timer.lease(timer.id, timer.due_at, START), range(4)))
        assert [each.attempts for each in leased if each] == [1]


def test_a_timer_is_not_leased_before_it_is_due():
    """The host's clock was set back after the timer was armed, or another host's clock is ahead."""
    timer = a_timer(10)
    assert Timer.lease(timer.id, timer.due_at, in_(9.999)) is None
    assert Timer.objects.get().attempts == 0
    assert Timer.lease(timer.id, timer.due_at, in_(10)) is not None


def test_a_timer_that_must_wait_counts_no_try():
    timer = a_timer()
    Timer.fire_later(Timer.lease(timer.id, timer.due_at, START), in_(30))
    assert Timer.arm(in_(29)) == []
    assert len(Timer.arm(in_(30))) == 1
    assert Timer.lease(timer.id, timer.due_at, in_(30)).attempts == 1


def park(timer):
    """Let a timer fail for the last time."""
    Timer.objects(pk=timer.id, tries__exists=True).update(tries=failures.MOST_TRIES)
    timer.tries = failures.MOST_TRIES
    Timer.failed(timer, Failure("KeyError"), START)


ENDS = [
    pytest.param(lambda timer: Timer.finish(timer, START), id="fired"),
    pytest.param(lambda timer: Timer.mark_missed(timer.job, timer.kind, 1, START), id="missed"),
    pytest.param(park, id="parked"),
]


@pytest.mark.parametrize("end", ENDS)
def test_an_ended_timer_is_armed_and_leased_only_after_it_is_set_again(end):
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
def test_a_timer_that_was_set_again_is_not_ended_by_the_old_firing(end):
    leased = Timer.lease(a_timer().id, START, START)
    a_timer(50, version=2)
    Timer.collection().update_one({}, {"$set": {"plan": 2}})
    end(leased)
    assert Timer.objects.get().waiting


def test_a_new_firing_is_not_postponed_by_the_old_one():
    old = Timer.lease(a_timer().id, START, START)
    new = Timer.lease(a_timer(1, version=2).id, in_(1), in_(1))
    Timer.fire_later(old, in_(99))
    assert Timer.objects.get().leased_until == new.leased_until


def test_a_missed_timer_is_not_marked_as_fired():
    leased = Timer.lease(a_timer().id, START, START)
    Timer.mark_missed(leased.job, leased.kind, 1, START)
    Timer.finish(leased, in_(1))
    assert (Timer.objects.get().fired_at, Timer.objects.get().missed_at) == (None, START)


def test_the_parked_timers_of_a_job_can_be_retried():
    mine, other = a_timer(), a_timer(job=ObjectId())
    a_timer(kind="expiry")
    for timer in (mine, other):
        park(Timer.lease(timer.id, timer.due_at, START))
    assert [Timer.retry_parked({"job": JOB}, in_(3)) for _ in range(2)] == [1, 0]
    assert [timer.id for timer in Timer.arm(in_(3)) if timer.id in (mine.id, other.id)] == [mine.id]
    assert Timer.lease(mine.id, mine.due_at, in_(3)).attempts == 1
    assert not Timer.objects.get(pk=other.id).waiting


def test_clearing_keeps_fired_and_missed_timers():
    fired, missed, parked = (a_timer(kind=kind) for kind in ("nudge", "reminder", "ending"))
    a_timer(kind="expiry")
    Timer.finish(fired, START)
    Timer.mark_missed(JOB, missed.kind, 1, START)
    park(Timer.lease(parked.id, parked.due_at, START))
    Timer.clear(JOB, ["nudge", "reminder", "ending", "expiry"], 1, 1)
    assert [timer.kind for timer in Timer.of_job(JOB)] == ["nudge", "reminder"]


def test_clearing_removes_the_kinds_named_and_the_timers_of_an_earlier_plan_or_round():
    for kind, of in (("nudge", (2, 2)), ("hold", (2, 1)), ("reminder", (1, 2)), ("expiry", (2, 2)), ("ending", (3, 3))):
        a_timer(kind=kind)
        Timer.objects(kind=kind).update(plan=of[0], round=of[1])
    Timer.clear(JOB, ["nudge"], 2, 2)
    assert {timer.kind for timer in Timer.of_job(JOB)} == {"expiry", "ending"}


def test_a_timer_is_not_leased_for_an_earlier_due_time():
    timer = a_timer(10)
    moved = a_timer(500, version=2)
    assert Timer.lease(timer.id, timer.due_at, in_(10)) is None
    assert Timer.lease(timer.id, moved.due_at, in_(500)) is not None


def test_a_timer_that_was_set_again_during_its_firing_is_not_finished():
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
