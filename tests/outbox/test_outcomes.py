"""Outcomes: receipts arrive in any order, for any attempt; the state only rises; some failures are retried."""

import itertools
from datetime import timedelta

import pytest

from dispatch.actions.outbox import lookups, outcomes, receipts
from dispatch.actions.outbox import send as outbox_send
from dispatch.actions.people import decisions
from dispatch.channels.whatsapp import client
from dispatch.channels.whatsapp.client import Result
from dispatch.models import Client, Contact, Message, Offer
from dispatch.models.base.record import utc_now
from dispatch.rules.outbox.states import MessageState
from sandbox.twilio.faults import FaultKind
from tests.builders import a_job, a_phone, an_agent, lease
from tests.pretending import a_message, hinted, now_of, report, ripen, states


def send(message):
    ripen(message)
    outbox_send.send([message.id], "replies")
    return now_of(message)


@pytest.mark.parametrize("order", list(itertools.permutations(["sent", "delivered", "read"])), ids="-".join)
@pytest.mark.parametrize("times", [1, 2], ids=["once", "twice"])
def test_receipts_in_any_order_leave_the_highest_state(twilio, order, times):
    message = send(a_message())
    for status in order:
        for _ in range(times):
            report(twilio.outbox[0], status)
    assert states(message) == ("read", ["read"])
    assert now_of(message).read_at is not None
    assert now_of(message).next_attempt_at is None


def test_a_receipt_before_the_answer_is_kept(twilio):
    message = a_message()
    leased = lease(message.id, utc_now())
    receipts.receive({"message": str(message.id), "attempt": "1"}, {"MessageSid": "SM1", "MessageStatus": "sent"})
    outcomes.record(leased, 1, client.Outcome(client.Result.ACCEPTED, sid="SM1"), utc_now())
    assert states(message) == ("sent", ["sent"])


def alike(message):
    """Return a message's row without the fields in which two messages always differ."""
    row = Message.collection().find_one({"_id": message.id})
    own = ("_id", "key", "phone", "twilio_sid", "leased_by", "attempted_at", "created_at")
    attempts = [{name: value for name, value in each.items() if name not in ("sid", "to")} for each in row["attempts"]]
    return {name: value for name, value in row.items() if name not in own} | {"attempts": attempts}


@pytest.mark.parametrize(
    "states_", [s for n in (1, 2, 3) for s in itertools.permutations(["sent", "delivered", "read"], n)]
)
def test_the_single_write_for_a_receipt_equals_the_result_of_the_rules(twilio, states_):
    """A receipt of a message with one attempt is saved without reading the message."""
    now, plainly, by_rule = utc_now(), a_message(), a_message()
    for message in (plainly, by_rule):
        outcomes.record(lease(message.id, now), 1, client.Outcome(Result.ACCEPTED, sid=str(message.id)), now)
    for state in map(MessageState, states_):
        Message.raise_by_receipt(plainly.id, str(plainly.id), state, now)
        Message.outcome(by_rule.id, 1, state, now, sid=str(by_rule.id))
        assert alike(plainly) == alike(by_rule)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"twilio_sid": "SM2"}, id="another message's SID"),
        pytest.param({"attempts.0.sid": "SM2"}, id="another attempt's SID"),
        pytest.param({"status": "queued"}, id="queued again"),
        pytest.param({"status": "withdrawn"}, id="withdrawn"),
        pytest.param({"attempts.0.state": "failed"}, id="reported as failed"),
        pytest.param({"attempts.1": {"n": 2, "state": "accepted", "sid": "SM1"}}, id="tried twice"),
        pytest.param({"awaited": True}, id="waited for"),
    ],
)
def test_a_receipt_of_any_other_case_is_left_to_the_rules(twilio, change):
    now, message = utc_now(), a_message()
    outcomes.record(lease(message.id, now), 1, client.Outcome(Result.ACCEPTED, sid="SM1"), now)
    Message.collection().update_one({"_id": message.id}, {"$set": change})
    before = Message.collection().find_one({"_id": message.id})
    assert not Message.raise_by_receipt(message.id, "SM1", MessageState.DELIVERED, now)
    assert Message.collection().find_one({"_id": message.id}) == before


def test_a_receipt_without_its_query_is_found_by_sid(twilio):
    message = send(a_message())
    receipts.receive({}, {"MessageSid": twilio.outbox[0].sid, "MessageStatus": "delivered"})
    assert states(message) == ("delivered", ["delivered"])


@pytest.mark.parametrize("reported", ["delivered", "read"])
@pytest.mark.parametrize("nth", [0, 1, 2])
def test_a_receipt_for_an_earlier_attempt_is_found_by_sid(twilio, reported, nth):
    message = a_message()
    for code in (63012, 63009):
        send(message)
        report(twilio.outbox[-1], "failed", code)
    send(message)
    assert [Message.by_sid(sent.sid).id for sent in twilio.outbox] == [message.id] * 3
    receipts.receive({}, {"MessageSid": twilio.outbox[nth].sid, "MessageStatus": reported})
    assert [attempt["state"] for attempt in now_of(message).attempts][nth] == reported
    assert (now_of(message).status, now_of(message).twilio_sid) == (reported, twilio.outbox[nth].sid)
    assert [Message.by_sid(sent.sid).id for sent in twilio.outbox] == [message.id] * 3


def test_a_receipt_with_an_unknown_sid_changes_nothing(twilio):
    message = send(a_message())
    receipts.receive({}, {"MessageSid": "SM" + "0" * 32, "MessageStatus": "failed", "ErrorCode": "63016"})
    assert states(message) == ("accepted", ["accepted"])


ANSWER = "the answer"


@pytest.mark.parametrize(
    ("reported", "status"),
    [
        pytest.param((ANSWER, "sent", "delivered"), "delivered", id="delivered"),
        pytest.param((ANSWER, "sent", "undelivered", "delivered"), "delivered", id="undelivered, and delivered"),
        pytest.param((ANSWER, "sent", "undelivered"), "undelivered", id="undelivered"),
        pytest.param((ANSWER, "failed", "read"), "read", id="failed, and read"),
    ],
)
def test_receipts_and_answer_in_any_order_leave_the_same_state(twilio, reported, status):
    """The answer to the POST may be the last; each arrives twice."""
    for order in itertools.permutations(reported):
        message = a_message()
        leased = lease(message.id, utc_now())
        sid = f"SM{message.id}"
        for each in (*order, *order):
            if each == ANSWER:
                outcomes.record(leased, 1, client.Outcome(client.Result.ACCEPTED, sid=sid), utc_now())
                continue
            code = "63024" if each in ("failed", "undelivered") else ""
            query = {"message": str(message.id), "attempt": "1"}
            receipts.receive(query, {"MessageSid": sid, "MessageStatus": each, "ErrorCode": code})
        stands = now_of(message)
        assert (stands.status, stands.twilio_sid, stands.next_attempt_at) == (status, sid, None)
        assert stands.error_code == (63024 if status == "undelivered" else None)


@pytest.mark.parametrize(
    ("first", "message_is", "attempts"),
    [
        pytest.param("sent", "sent", ["sent", "sending"], id="the first was sent after all"),
        pytest.param("read", "read", ["read", "sending"], id="the first was read after all"),
        pytest.param("failed", "sending", ["failed", "sending"], id="the first failed: the second goes on"),
    ],
)
def test_a_receipt_of_attempt_1_during_attempt_2_raises_the_message(twilio, first, message_is, attempts):
    phone = a_phone()
    twilio.faults.set(phone, FaultKind.LATE_LISTING, seconds=60, count=1)
    twilio.faults.set(phone, FaultKind.CUT_ACCEPTED, count=1)
    message = send(a_message(phone=phone))
    for _ in range(2):
        lookups.look_up(ripen(message), utc_now())
    ripen(message)
    lease(message.id, utc_now())
    report(twilio.outbox[0], first, 63012 if first == "failed" else None)
    assert states(message) == (message_is, attempts)
    outbox_send.enqueue_overdue(utc_now())
    assert states(message) == (message_is, attempts)
    Message.outcome(message.id, 2, outcomes.MessageState.DELIVERED, utc_now(), sid="SM2")
    assert now_of(message).status == ("read" if first == "read" else "delivered")


def test_a_passing_failure_in_a_receipt_is_retried_a_few_times(twilio):
    message = a_message()
    twilio.faults.set(message.phone, FaultKind.TOO_MANY, count=3)  # refusals are not counted
    for _ in range(3):
        send(message)
    for tries in range(1, 10):
        send(message)
        assert len(twilio.outbox) == tries
        report(twilio.outbox[-1], "failed", 63012)
        report(twilio.outbox[-1], "failed", 63012)
        if now_of(message).status == "failed":
            break
    assert tries == 1 + outcomes.RETRIED_FAILURES
    assert now_of(message).error_code == 63012
    assert now_of(message).next_attempt_at is None


def test_a_success_after_a_reported_failure_shows_no_error(twilio):
    message = send(a_message())
    report(twilio.outbox[0], "undelivered", 63009)
    assert (states(message), now_of(message).error_code) == (("queued", ["undelivered"]), 63009)
    assert hinted("replies") == [[str(message.id)]]
    send(message)
    report(twilio.outbox[1], "delivered")
    stands = now_of(message)
    assert (stands.status, stands.error_code, stands.twilio_sid) == ("delivered", None, twilio.outbox[1].sid)


@pytest.mark.parametrize("code", [63016, 63024, 63003, 63005, 20404, 21999, None])
def test_a_permanent_failure_keeps_its_code(twilio, code):
    message = send(a_message())
    report(twilio.outbox[0], "failed", code)
    assert (states(message), now_of(message).error_code) == (("failed", ["failed"]), code)
    send(message)
    assert len(twilio.attempts) == 1


@pytest.mark.parametrize("status", ["sent", "failed", "read"])
def test_receipt_of_another_sid_changes_nothing_once_the_attempt_is_read(twilio, status):
    message = send(a_message())
    report(twilio.outbox[0], "read")
    before = Message.collection().find_one({"_id": message.id})
    query = {"message": str(message.id), "attempt": "1"}
    receipts.receive(query, {"MessageSid": "SM" + "f" * 32, "MessageStatus": status, "ErrorCode": "63024"})
    assert Message.collection().find_one({"_id": message.id}) == before


@pytest.mark.parametrize("code", [30002, 63112, 63114])
def test_disabled_sender_in_receipts_loses_no_message_for_two_days(twilio, code):
    message = a_message()
    for failures in range(8):
        send(message)
        report(twilio.outbox[-1], "failed", code)
        stands = now_of(message)
        assert (stands.status, stands.error_code) == ("queued", code)
        wait = (stands.not_before - utc_now()).total_seconds() / 60
        assert min(2**failures, 60) - 1 < wait <= min(2**failures, 60)
    send(message)
    report(twilio.outbox[-1], "delivered")
    assert now_of(message).status == "delivered"
    old = send(a_message(written_ago=timedelta(days=2)))
    report(twilio.outbox[-1], "failed", code)
    assert now_of(old).status == "failed"


@pytest.mark.parametrize("code", [10001, 20005, 20403, 21606, 21659])
def test_disabled_account_in_an_answer_is_tried_again(twilio, code):
    message = a_message()
    twilio.faults.set(message.phone, FaultKind.REFUSED, code=code, count=1)
    assert states(send(message)) == ("queued", ["failed"])
    assert states(send(message)) == ("accepted", ["failed", "accepted"])


@pytest.mark.parametrize(
    ("phone", "tries"),
    [("+2348031234567", 2), ("+12125550123", 1), ("+14165550123", 2), ("US.13491208655302", 1), ("NG.134912086", 2)],
)
def test_message_that_meta_did_not_deliver_is_tried_once_more_after_a_day_outside_of_the_us(twilio, phone, tries):
    message = send(a_message(phone=phone))
    Message.outcome(message.id, 1, MessageState.ACCEPTED, utc_now(), sid="SM1")
    for n in range(1, tries):
        outcomes.report(
            now_of(message), n, MessageState.UNDELIVERED, utc_now(), sid=now_of(message).twilio_sid, error_code=63049
        )
        wait = (now_of(message).not_before - utc_now()).total_seconds()
        assert 86_300 < wait <= 86_400
        send(message)
    last = now_of(message)
    outcomes.report(last, tries, MessageState.UNDELIVERED, utc_now(), sid=last.twilio_sid, error_code=63049)
    assert (now_of(message).status, len(now_of(message).attempts)) == ("undelivered", tries)


def test_unknown_code_is_tried_once_more(twilio):
    message = send(a_message())
    report(twilio.outbox[-1], "failed", 63999)
    assert 50 < (now_of(message).not_before - utc_now()).total_seconds() <= 60
    send(message)
    report(twilio.outbox[-1], "failed", 63999)
    assert (now_of(message).status, now_of(message).error_code) == ("failed", 63999)


def test_a_delivered_receipt_cancels_an_earlier_failure(twilio):
    message = send(a_message())
    report(twilio.outbox[0], "undelivered", 63024)
    report(twilio.outbox[0], "delivered")
    assert (now_of(message).status, now_of(message).error_code) == ("delivered", None)


@pytest.mark.parametrize("code", [21610])
@pytest.mark.parametrize("how", ["answer", "receipt"])
def test_an_agent_who_opted_out_at_twilio_is_opted_out_here(twilio, code, how):
    agent, job = an_agent(), a_job()
    [offer] = Offer.make(job.id, 1, 1, [agent.id], utc_now())
    message = a_message(agent=agent.id, phone=agent.phone)
    if how == "answer":
        twilio.faults.set(agent.phone, FaultKind.REFUSED, code=code)
    send(message)
    if how == "receipt":
        report(twilio.outbox[0], "failed", code)
    assert (now_of(message).status, now_of(message).error_code) == ("failed", code)
    agent.reload()
    assert (agent.status, agent.opted_out_at is not None) == ("inactive", True)
    assert Offer.get(offer.id).state == "closed"


def test_a_client_who_opted_out_at_twilio_is_opted_out_here(twilio):
    phone = a_phone()
    Client.remember({"client_id": "c1", "name": "John", "phone": phone}, utc_now())
    send(a_message(client_id="c1", phone=phone))
    report(twilio.outbox[0], "failed", 21610)
    assert Contact.of(phone).opted_out_at


def test_a_repeated_receipt_does_not_undo_a_start(twilio):
    agent = an_agent()
    send(a_message(agent=agent.id, phone=agent.phone))
    report(twilio.outbox[0], "failed", 21610)
    decisions.opt_in(agent.phone, utc_now())
    report(twilio.outbox[0], "failed", 21610)
    agent.reload()
    assert agent.is_active


def test_a_failed_receipt_does_not_queue_a_withdrawn_message_again(twilio):
    message = send(a_message())
    report(twilio.outbox[0], "failed", 63012)
    Message.withdraw({"_id": message.id})
    report(twilio.outbox[0], "undelivered", 63012)
    assert states(message) == ("withdrawn", ["failed"])
    report(twilio.outbox[0], "delivered")
    assert states(message) == ("delivered", ["delivered"])
