"""A person's messages are sent in the order of writing; an unfinished one holds up later ones for a while."""

from datetime import timedelta

import pytest
from bson import ObjectId

from dispatch.actions.outbox import batches, outcomes
from dispatch.actions.outbox import send as outbox_send
from dispatch.channels.whatsapp import client
from dispatch.models import Message
from dispatch.models.base.record import utc_now
from dispatch.rules.outbox import order
from sandbox.twilio.faults import FaultKind
from tests.builders import a_job, a_phone, an_agent, lease
from tests.pretending import a_message, hinted, look_up, now_of, report, ripen, send, states

#: The texts, in the order of writing.
WORDS = ["first", "second", "third"]


def three_to(phone, **changes):
    return [a_message(phone=phone, text=words, **changes) for words in WORDS]


def said_to(twilio, phone):
    return [sent.body for sent in twilio.sent_to(phone)]


def work(queue="replies", done=0):
    """Run the tasks that were enqueued since; return the number of all tasks."""
    hints = hinted(queue)
    for ids in hints[done:]:
        outbox_send.send([ObjectId(id_) for id_ in ids], queue)
    return len(hints)


def test_ids_are_given_in_the_order_of_writing(stores_clean):
    """MongoDB's primary makes the ids in the upsert: in order within a call, and from call to call."""
    one_call = [{"key": f"b{n}", "kind": "help_agent", "lane": "bulk", "phone": a_phone()} for n in range(50)]
    ids = [*Message.write(one_call, utc_now()), *(a_message().id for _ in range(20))]
    assert ids == sorted(ids)


def test_a_chunk_sends_a_persons_messages_in_order(twilio):
    """Each person has a thread, the ids of the task are in reverse order, and Twilio answers slowly."""
    twilio.faults.set("*", FaultKind.LATENCY, seconds=0.05)
    phones = [a_phone() for _ in range(8)]
    messages = [message for phone in phones for message in three_to(phone)]
    send(*messages[::-1])
    assert all(said_to(twilio, phone) == WORDS for phone in phones)


@pytest.mark.parametrize("lane", ["replies", "bulk"])
def test_the_next_message_waits_for_a_retried_one_and_is_sent_right_after_it(twilio, lane):
    phone = a_phone()
    messages = three_to(phone, lane=lane)
    twilio.faults.set(phone, FaultKind.TOO_MANY, count=1)
    send(*messages, lane=lane)
    assert [states(message) for message in messages] == [("queued", ["failed"]), ("queued", []), ("queued", [])]
    send(*messages[1:], lane=lane)
    assert len(twilio.attempts) == 1
    done = len(hinted(lane))
    ripen(messages[0])
    send(messages[0], lane=lane)
    work(lane, done)
    assert said_to(twilio, phone) == WORDS


def test_the_next_message_waits_for_one_that_another_task_is_sending(twilio):
    phone = a_phone()
    first, second, _ = three_to(phone)
    leased = lease(first.id, utc_now())
    send(second)
    assert (states(second), twilio.attempts) == (("queued", []), [])
    accepted = client.Outcome(client.Result.ACCEPTED, sid="SM1")
    outcomes.record(leased, 1, accepted, utc_now())
    work()
    assert said_to(twilio, phone) == WORDS[1:]


def test_a_message_behind_a_waiting_one_is_sent_right_after_it(twilio):
    """Both were in one chunk, and the first fails for longer than others wait for it."""
    phone = a_phone()
    first, *others = three_to(phone)
    twilio.faults.set(phone, FaultKind.TOO_MANY, count=1)
    send(first)
    send(*others)
    Message.objects(pk=first.id).update(set__attempts__0__started_at=utc_now() - 2 * batches.patience())
    done = len(hinted("replies"))
    send(others[0])
    assert work(done=done) == done + 1
    assert said_to(twilio, phone) == WORDS[1:]


@pytest.mark.parametrize("how", ["receipt", "look-up"])
def test_the_next_message_waits_until_the_outcome_of_the_first_is_known(twilio, how):
    phone = a_phone()
    messages = three_to(phone)
    twilio.faults.set(phone, FaultKind.CUT_ACCEPTED, count=1)
    send(*messages)
    assert said_to(twilio, phone) == WORDS[:1]
    if how == "receipt":
        report(twilio.outbox[0], "sent")
    else:
        look_up(messages[0])
    work()
    assert said_to(twilio, phone) == WORDS


@pytest.mark.parametrize("code", [21617, 63007])
def test_the_next_message_is_sent_when_the_first_has_failed_for_good(twilio, code):
    phone = a_phone()
    messages = three_to(phone)
    twilio.faults.set(phone, FaultKind.TOO_MANY, count=1)
    send(*messages)
    twilio.faults.set(phone, FaultKind.REFUSED, code=code, count=1)
    done = len(hinted("replies"))
    ripen(messages[0])
    send(messages[0])
    work(done=done)
    assert said_to(twilio, phone) == WORDS[1:]


def test_the_next_message_is_sent_when_the_first_is_withdrawn(twilio):
    job, agent = a_job(), an_agent()
    first = a_message("reminder_agent", phone=agent.phone, agent=agent.id, job=job.id)
    second = a_message(phone=agent.phone, agent=agent.id)
    send(second)
    assert twilio.attempts == []
    send(first)
    work()
    assert [states(each)[0] for each in (first, second)] == ["withdrawn", "accepted"]


def test_replies_do_not_wait_for_bulk(twilio):
    phone = a_phone()
    lease(a_message(phone=phone, lane="bulk").id, utc_now())
    reply = a_message(phone=phone)
    send(reply)
    assert states(reply)[0] == "accepted"


def test_a_message_does_not_wait_for_another_persons(twilio):
    lease(a_message().id, utc_now())
    another = a_message()
    send(another)
    assert states(another)[0] == "accepted"


NOW = utc_now()


PATIENCE = timedelta(seconds=100)


@pytest.mark.parametrize(
    ("tried", "later", "until"),
    [
        pytest.param([], 0, order.UNTRIED, id="no attempt"),
        pytest.param([5], 5, timedelta(minutes=5) + PATIENCE, id="tried once"),
        pytest.param([5, 7, 14], 6, timedelta(minutes=5) + PATIENCE, id="tried several times"),
        pytest.param([5], 1, timedelta(minutes=1) + PATIENCE, id="the later one was written before the attempt"),
    ],
)
def test_an_unfinished_message_holds_up_later_ones_until_this_moment(tried, later, until):
    attempts = [{"n": n, "started_at": NOW + timedelta(minutes=minutes)} for n, minutes in enumerate(tried, 1)]
    assert order.holds_up_until(NOW, attempts, NOW + timedelta(minutes=later), PATIENCE) == NOW + until


@pytest.mark.parametrize(
    ("share", "passes"), [pytest.param(0.9, False, id="almost"), pytest.param(1.1, True, id="over")]
)
def test_a_failing_message_holds_up_later_ones_only_for_a_while(twilio, share, passes):
    phone = a_phone()
    first, second, _ = three_to(phone)
    lease(first.id, utc_now() - batches.patience() * share)
    send(second)
    assert (states(second)[0] == "accepted") == passes
    if not passes:  # a sweep enqueues it then
        assert now_of(second).next_attempt_at <= now_of(first).attempts[0]["started_at"] + batches.patience()


def test_a_sweep_enqueues_a_message_that_waits_for_a_withdrawn_one(twilio):
    phone = a_phone()
    first, second, _ = three_to(phone, written_ago=timedelta(minutes=1))
    send(second)
    Message.withdraw({"_id": first.id})
    outbox_send.enqueue_overdue(utc_now())
    work()
    assert said_to(twilio, phone) == WORDS[1:]
