"""Inbound messages: saved once, stamped by MongoDB, leased in order for each person."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from dispatch.models import Message
from dispatch.models.base.record import server_now, utc_now
from dispatch.models.message.inbound import HANDLING_SECONDS
from dispatch.rules import failures
from dispatch.rules.failures import Failure
from tests.builders import a_phone
from tests.pretending import LONG_AGO, a_message, now_of

pytestmark = pytest.mark.usefixtures("stores_clean")
SID = "SM" + "c" * 32
LEASE = timedelta(seconds=HANDLING_SECONDS)


def arrived(text="yes", phone="+2348030000001", sid=None, received_at=None):
    """Save a message as it arrives."""
    sid = sid or f"SM{Message.objects.count():032d}"
    message_id = Message.arrive(sid, {"phone": phone, "text": text, "form": {}}, utc_now(), received_at)
    return message_id and Message.get(message_id)


def test_a_message_is_saved_once_for_its_sid():
    first = arrived(sid=SID)
    assert arrived("other words", sid=SID) is None
    assert (now_of(first).text, now_of(first).received_at) == ("yes", first.received_at)
    assert Message.objects.count() == 1


def test_twenty_at_once_save_one():
    with ThreadPoolExecutor(20) as threads:
        saved = list(threads.map(lambda _: arrived(sid=SID), range(20)))
    assert len([each for each in saved if each]) == 1
    assert Message.objects.count() == 1


def test_mongodb_stamps_the_arrival_whatever_our_clock_says():
    earliest = server_now()
    message_id = Message.arrive(SID, {"phone": a_phone(), "text": ""}, utc_now() - timedelta(days=3))
    assert earliest <= Message.get(message_id).received_at <= server_now()


def test_a_rescue_brings_its_own_stamp_and_changes_none():
    long_ago = utc_now() - LONG_AGO
    assert arrived(sid=SID, received_at=long_ago).received_at == long_ago
    assert arrived(sid=SID, received_at=utc_now()) is None
    assert arrived(sid=SID) is None
    assert Message.by_sid(SID).received_at == long_ago


@pytest.mark.parametrize("text", ["$twilio_sid", "$$NOW", "{'$set': 1}", "$phone.x", "a.b", "\x00", "👍" * 2000, ""])
def test_a_text_is_a_text(text):
    message = arrived(text, sid=SID)
    assert (message.text, message.twilio_sid) == (text, SID)


def test_the_sid_of_an_outbound_message_is_not_taken_over():
    sent = a_message(twilio_sid=SID)
    assert arrived(sid=SID) is None
    assert now_of(sent).received_at is None
    assert now_of(sent).unhandled is None


def test_a_persons_messages_are_handled_in_the_order_of_arrival():
    later, earlier = arrived(), arrived(received_at=utc_now() - LONG_AGO)
    order = []
    while message := Message.lease_next(later.phone, utc_now()):
        order.append(message.id)
        Message.handled(message.id)
    assert order == [earlier.id, later.id]
    assert [now_of(message).status for message in (earlier, later)] == ["handled", "handled"]


def test_the_same_millisecond_is_ordered_by_id():
    moment = utc_now()
    tied = [arrived(received_at=moment) for _ in range(3)]
    assert Message.lease_next(tied[0].phone, utc_now()).id == min(message.id for message in tied)


def test_a_lease_on_a_message_is_the_lease_on_its_person():
    first, _ = arrived(), arrived()
    other = arrived(phone="+2348030000002")
    with ThreadPoolExecutor(10) as threads:
        leased = [each for each in threads.map(lambda _: Message.lease_next(first.phone, utc_now()), range(10)) if each]
    assert [message.id for message in leased] == [first.id]
    assert Message.lease_next(other.phone, utc_now()).id == other.id


def test_a_lease_that_ran_out_is_taken_again_and_counted():
    message, now = arrived(), utc_now()
    assert Message.lease_next(message.phone, now).tries == 1
    assert Message.lease_next(message.phone, now + LEASE - timedelta(seconds=1)) is None
    assert Message.lease_next(message.phone, now + LEASE).tries == 2


def test_what_fails_waits_longer_each_time_and_is_parked_in_the_end():
    broken, next_one, now = arrived(), arrived(), utc_now()
    waits = []
    for n in range(1, failures.MOST_TRIES + 1):
        leased = Message.lease_next(broken.phone, now)
        assert (leased.id, leased.tries, leased.error) == (broken.id, n, None)
        assert Message.failed(leased, Failure("KeyError in dispatch.x:y"), now) == (n == failures.MOST_TRIES)
        if n < failures.MOST_TRIES:
            assert now_of(broken).error == "KeyError in dispatch.x:y"
            waits.append((now_of(broken).next_attempt_at - now).total_seconds())
            now = now_of(broken).next_attempt_at
            assert Message.lease_next(broken.phone, now - timedelta(milliseconds=1)) is None
    assert waits == [2, 4, 8, 16, 32]
    assert (now_of(broken).status, now_of(broken).error) == ("parked", "KeyError in dispatch.x:y")
    assert Message.lease_next(broken.phone, now).id == next_one.id


def test_an_outage_is_waited_for_and_does_not_count():
    message, now = arrived(), utc_now()
    for _ in range(failures.MOST_TRIES + 3):
        leased = Message.lease_next(message.phone, now)
        assert not Message.failed(leased, Failure("AutoReconnect in dispatch.x:y", passes=True), now)
        assert Message.lease_next(message.phone, now) is None
        now = now_of(message).next_attempt_at
    assert Message.lease_next(message.phone, now).tries == 1


def test_a_failure_that_comes_late_changes_nothing():
    message, now = arrived(), utc_now()
    late = Message.lease_next(message.phone, now)
    Message.lease_next(message.phone, now + LEASE)
    assert not Message.failed(late, Failure("x"), now + LEASE)
    assert now_of(message).error is None


def test_what_is_put_back_is_handled_in_its_order():
    broken, next_one, now = arrived(), arrived(), utc_now()
    Message.collection().update_one({"_id": broken.id}, {"$set": {"handlings": failures.MOST_TRIES}})
    Message.failed(now_of(broken), Failure("x"), now)
    assert Message.retry_parked({"_id": next_one.id}, now) == 0
    assert Message.retry_parked({"_id": broken.id}, now) == 1
    assert (now_of(broken).tries, now_of(broken).error, now_of(broken).parked_at) == (0, None, None)
    assert Message.retry_parked({"_id": broken.id}, now) == 0
    assert Message.lease_next(broken.phone, now).id == broken.id


def test_a_message_that_an_earlier_version_parked_without_a_date_is_put_back():
    message, now = arrived(), utc_now()
    parked = {"$set": {"status": "parked", "error": "x", "handlings": failures.MOST_TRIES}}
    Message.collection().update_one({"_id": message.id}, parked | {"$unset": {"unhandled": 1, "next_attempt_at": 1}})
    assert Message.lease_next(message.phone, now) is None
    assert Message.retry_parked({"_id": message.id}, now) == 1
    assert Message.lease_next(message.phone, now).tries == 1


def test_a_meaning_is_written_once():
    message = arrived()
    first = Message.understand(message, {"word": "yes", "client_id": "c1"})
    again = Message.understand(message, {"word": "no", "client_id": "c2"})
    assert first.meaning == again.meaning == {"word": "yes", "client_id": "c1"}
    assert again.client_id == "c1"


def test_what_came_before_a_message_and_waits():
    moment = utc_now() - LONG_AGO
    before, claim, same_time = (arrived(received_at=moment + timedelta(seconds=s)) for s in (-1, 0, 0))
    done = arrived(received_at=moment - timedelta(seconds=2))
    Message.handled(done.id)
    assert [m.id for m in Message.unhandled_before(moment, claim.id)] == [before.id]
    assert [m.id for m in Message.unhandled_before(moment, same_time.id)] == [claim.id, before.id]


def test_what_is_overdue_to_be_handled():
    message = arrived()
    assert Message.overdue_to_handle(utc_now()) == []
    assert [m.id for m in Message.overdue_to_handle(utc_now() + timedelta(seconds=3))] == [message.id]
    Message.handled(message.id)
    assert Message.overdue_to_handle(utc_now() + LONG_AGO) == []
