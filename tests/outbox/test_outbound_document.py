"""The outbound document: written once for each key, leased once for each POST, withdrawn only while it is queued."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from dispatch.models import Message
from dispatch.models.base.record import utc_now
from dispatch.rules.outbox.states import MessageState
from tests.builders import a_phone, lease
from tests.pretending import LONG_AGO, a_message, now_of, states

pytestmark = pytest.mark.usefixtures("stores_clean")


def drafts(count):
    return [
        {"key": f"k{n}", "kind": "offer", "lane": "bulk", "phone": a_phone(), "text": "words"} for n in range(count)
    ]


def at_once(count, work):
    """Run the same work on several threads at once; return their results."""
    gate = threading.Barrier(count)

    def wait_and_work():
        gate.wait()
        return work()

    with ThreadPoolExecutor(count) as threads:
        return [each.result() for each in [threads.submit(wait_and_work) for _ in range(count)]]


def test_a_key_is_written_once_and_the_first_message_stays():
    first = Message.write(drafts(3), utc_now())
    again = [draft | {"text": "other words"} for draft in drafts(4)]
    second = Message.write(again, utc_now())
    assert second[:3] == first
    assert [message.text for message in Message.objects.order_by("key")] == ["words"] * 3 + ["other words"]


def test_writing_returns_only_the_ids_of_queued_messages():
    [sent, waiting] = Message.write(drafts(2), utc_now())
    lease(sent, utc_now())
    assert Message.write(drafts(2), utc_now()) == [waiting]
    assert Message.write([], utc_now()) == []


def test_writing_the_same_messages_at_once_writes_each_once():
    for _ in range(10):
        Message.collection().delete_many({})
        results = at_once(4, lambda: Message.write(drafts(20), utc_now()))
        assert Message.objects.count() == 20
        assert all(ids == results[0] for ids in results)


def test_only_one_of_several_leases_at_once_succeeds():
    message = a_message()
    leased = [each for each in at_once(8, lambda: lease(message.id, utc_now())) if each]
    assert len(leased) == 1
    assert states(message) == ("sending", ["sending"])
    assert leased[0].attempted_at is not None


@pytest.mark.parametrize(
    ("change", "leased"),
    [
        pytest.param({}, True, id="queued"),
        pytest.param({"not_before": -LONG_AGO}, True, id="its wait is over"),
        pytest.param({"not_before": LONG_AGO}, False, id="it still waits"),
        pytest.param({"status": "withdrawn"}, False, id="withdrawn"),
        pytest.param({"status": "sent"}, False, id="sent"),
        pytest.param({"status": "unknown"}, False, id="unknown"),
    ],
)
def test_a_message_can_be_leased_only_while_it_is_queued_and_due(change, leased):
    message = a_message()
    if change:
        values = {name: utc_now() + value if name == "not_before" else value for name, value in change.items()}
        Message.collection().update_one({"_id": message.id}, {"$set": values})
    assert len(Message.sendable([message.id], utc_now())) == leased
    assert bool(lease(message.id, utc_now())) == leased


def test_sendable_keeps_the_order():
    ids = Message.write(drafts(5), utc_now())
    Message.withdraw({"_id": ids[2]})
    assert [each.id for each in Message.sendable(ids[::-1], utc_now())] == [ids[4], ids[3], ids[1], ids[0]]


def test_only_queued_messages_are_withdrawn():
    ids = Message.write(drafts(3), utc_now())
    lease(ids[0], utc_now())
    assert Message.withdraw({"kind": "offer"}) == 2
    assert [Message.get(each).status for each in ids] == ["sending", "withdrawn", "withdrawn"]
    assert Message.get(ids[1]).next_attempt_at is None


def test_a_withdrawal_and_a_lease_exclude_each_other():
    for _ in range(30):
        message = a_message()
        results = at_once(2, lambda id_=message.id: _race(id_))
        assert sorted(results) == ["lost", "won"]


_names = iter(range(10**9))


def _race(message_id):
    if next(_names) % 2:
        return "won" if Message.withdraw({"_id": message_id}) else "lost"
    return "won" if lease(message_id, utc_now()) else "lost"


def test_outcomes_at_once_leave_the_highest_state():
    for _ in range(25):
        message = a_message()
        lease(message.id, utc_now())
        reports = iter([MessageState.READ, MessageState.ACCEPTED, MessageState.SENT, MessageState.DELIVERED])
        at_once(4, lambda m=message, r=reports: Message.outcome(m.id, 1, next(r), utc_now(), sid=str(m.id)))
        assert states(message) == ("read", ["read"])


@pytest.mark.parametrize("n", [0, 2, -1])
def test_an_attempt_that_was_not_made_has_no_outcome(n):
    message = a_message()
    lease(message.id, utc_now())
    assert Message.outcome(message.id, n, MessageState.SENT, utc_now()) is None
    assert states(message) == ("sending", ["sending"])


def test_a_look_up_is_leased_once_and_not_too_early():
    now = utc_now()
    message = a_message()
    lease(message.id, now)
    Message.outcome(message.id, 1, MessageState.UNKNOWN, now, again_at=now + timedelta(seconds=20))
    assert Message.lease_look_up(message.id, now + timedelta(seconds=19), now + LONG_AGO) is None
    due = now + timedelta(seconds=20)
    leased = at_once(6, lambda: Message.lease_look_up(message.id, due, due + LONG_AGO))
    assert len([each for each in leased if each]) == 1


def test_a_late_report_of_an_earlier_attempt_does_not_shorten_a_lease():
    """Attempt 1 is reported as failed during attempt 2, whose POST keeps its time."""
    now = utc_now()
    message = a_message()
    lease(message.id, now)
    Message.outcome(message.id, 1, MessageState.NOT_FOUND, now, again_at=now)
    leased = lease(message.id, now)
    Message.outcome(message.id, 1, MessageState.FAILED, now, again_at=now + timedelta(seconds=1))
    assert states(message) == ("sending", ["failed", "sending"])
    assert now_of(message).next_attempt_at == leased.next_attempt_at
