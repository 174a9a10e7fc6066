"""Sending: the state of a message after Twilio's answer, or without one, and the time of the next attempt."""

from datetime import timedelta

import pytest

from dispatch.actions.outbox import outcomes
from dispatch.channels.whatsapp import client
from dispatch.models.base.record import utc_now
from sandbox import embedded
from sandbox.twilio.faults import FaultKind
from tests.pretending import a_message, hinted, now_of, ripen, send, states


@pytest.mark.parametrize(
    ("fault", "given", "status", "attempt"),
    [
        pytest.param(None, {}, "accepted", "accepted", id="accepted"),
        pytest.param(FaultKind.TOO_MANY, {}, "queued", "failed", id="429"),
        pytest.param(FaultKind.SERVER_ERROR, {}, "unknown", "unknown", id="500"),
        pytest.param(FaultKind.SERVER_ERROR_ACCEPTED, {}, "unknown", "unknown", id="500, but accepted"),
        pytest.param(FaultKind.CUT, {}, "unknown", "unknown", id="cut"),
        pytest.param(FaultKind.CUT_ACCEPTED, {}, "unknown", "unknown", id="cut, but accepted"),
        pytest.param(FaultKind.HANG, {}, "unknown", "unknown", id="no answer"),
        pytest.param(FaultKind.HANG_ACCEPTED, {}, "unknown", "unknown", id="no answer, but accepted"),
        pytest.param(FaultKind.REFUSED, {"code": 21211}, "failed", "failed", id="an invalid number"),
        pytest.param(FaultKind.REFUSED, {"code": 63038}, "queued", "failed", id="a 429 that lasts until tomorrow"),
        pytest.param(FaultKind.REFUSED, {"code": 21611}, "queued", "failed", id="a 400 that passes"),
    ],
)
def test_an_answer_of_twilio_gives_the_message_its_state(twilio, fault, given, status, attempt):
    message = a_message()
    if fault:
        twilio.faults.set(message.phone, fault, count=1, **given)
    send(message)
    assert states(message) == (status, [attempt])
    assert now_of(message).error_code == (given.get("code") or (20429 if fault == FaultKind.TOO_MANY else None))
    assert len(twilio.attempts) == 1
    if status == "accepted":
        assert now_of(message).twilio_sid == twilio.outbox[0].sid
        assert now_of(message).next_attempt_at is None


@pytest.mark.parametrize(
    ("change", "outcome"),
    [
        pytest.param({"text": "x" * 1601}, ("failed", 21617), id="too long for Twilio"),
        pytest.param({"phone": "whatsapp:NG.1A2B"}, ("accepted", None), id="a person who hides the number"),
        pytest.param({"phone": "messenger:1"}, ("failed", 21211), id="not WhatsApp"),
    ],
)
def test_an_unusual_message_ends_in_the_state_that_twilio_gives_it(twilio, change, outcome):
    message = a_message(**change)
    send(message)
    assert (now_of(message).status, now_of(message).error_code) == outcome
    assert all(sent.to == "whatsapp:NG.1A2B" for sent in twilio.outbox)


def test_a_429_waits_and_is_sent_again(twilio):
    message = a_message()
    twilio.faults.set(message.phone, FaultKind.TOO_MANY, count=2)
    for attempt in (1, 2):
        before = utc_now()
        send(message)
        wait = (now_of(message).not_before - before).total_seconds()
        assert 0.5 * attempt <= wait <= 1.5 * attempt + 1
        send(message)  # a hint before the due time
        assert len(twilio.attempts) == attempt
        ripen(message)
    send(message)
    assert states(message) == ("accepted", ["failed", "failed", "accepted"])
    assert now_of(message).error_code is None
    assert hinted("replies") == [[str(message.id)]] * 2


def test_waits_after_a_429_differ(twilio):
    messages = [a_message() for _ in range(10)]
    twilio.faults.set("*", FaultKind.TOO_MANY)
    send(*messages)
    waits = {now_of(message).not_before - now_of(message).attempts[0]["failed_at"] for message in messages}
    assert len(waits) > 5


@pytest.fixture
def nobody_listens(twilio, monkeypatch):
    monkeypatch.setattr(client.twilio().api, "base_url", f"http://127.0.0.1:{embedded.free_port()}")
    return monkeypatch


def test_nothing_is_lost_while_twilio_cannot_be_reached(twilio, nobody_listens):
    messages = [a_message() for _ in range(5)]
    for attempts in (1, 2, 3):
        send(*messages)
        for message in messages:
            assert states(message) == ("queued", ["failed"] * attempts)
            ripen(message)
    nobody_listens.undo()
    send(*messages)
    assert len(twilio.outbox) == 5
    assert all(now_of(message).status == "accepted" for message in messages)


@pytest.mark.parametrize(
    ("age", "status"),
    [
        pytest.param(outcomes.GIVE_UP_AFTER - timedelta(minutes=1), "queued", id="almost four hours"),
        pytest.param(outcomes.GIVE_UP_AFTER + timedelta(minutes=1), "failed", id="over four hours"),
    ],
)
def test_a_message_is_given_up_after_four_hours_without_twilio(twilio, nobody_listens, age, status):
    message = a_message(written_ago=age)
    send(message)
    assert now_of(message).status == status
    assert (now_of(message).next_attempt_at is None) == (status == "failed")
