"""Faults on demand, seen through Twilio's SDK."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.rest import Client

from sandbox.twilio import FaultKind, Pace, PretendTwilio
from tests.sandbox.twilio.conftest import ACCOUNT_SID, ADA, BEN, NUMBER, SENDER, TOKEN, Receiver, client_of, until


def send(client: Client, phone: str = ADA, **more: str) -> str:
    return str(client.messages.create(to=f"whatsapp:{phone}", from_=SENDER, body="hello", **more).sid)


@pytest.mark.parametrize(
    ("kind", "status", "code", "accepted"),
    [
        pytest.param("429", 429, 20429, 0, id="too many requests"),
        pytest.param("500", 500, 20500, 0, id="server error"),
        pytest.param("500_accepted", 500, 20500, 1, id="server error, but accepted"),
    ],
)
def test_error_answers_end_after_their_count(
    twilio: PretendTwilio, client: Client, kind: str, status: int, code: int, accepted: int
) -> None:
    twilio.faults.set(ADA, kind, count=2)
    for _ in range(2):
        with pytest.raises(TwilioRestException) as failed:
            send(client)
        assert (failed.value.status, failed.value.code) == (status, code)
    assert len(twilio.outbox) == 2 * accepted
    send(client)
    assert [attempt.outcome for attempt in twilio.attempts] == [kind, kind, "accepted"]
    assert twilio.faults.all() == []


@pytest.mark.parametrize(
    ("code", "status"),
    [
        pytest.param(21610, 400, id="opted out"),
        pytest.param(63038, 429, id="daily limit comes as 429"),
        pytest.param(20003, 401, id="account suspended"),
        pytest.param(21999, 400, id="an unknown code"),
    ],
)
def test_refused_fault_answers_with_its_code(twilio: PretendTwilio, client: Client, code: int, status: int) -> None:
    twilio.faults.set(ADA, "refused", code=code)
    with pytest.raises(TwilioRestException) as refused:
        send(client)
    assert (refused.value.status, refused.value.code) == (status, code)
    assert twilio.outbox == []


@pytest.mark.parametrize(
    ("kind", "error", "accepted"),
    [
        pytest.param("cut", requests.exceptions.ConnectionError, 0, id="cut before"),
        pytest.param("cut_accepted", requests.exceptions.ConnectionError, 1, id="cut after"),
        pytest.param("hang", requests.exceptions.ReadTimeout, 0, id="hang before"),
        pytest.param("hang_accepted", requests.exceptions.ReadTimeout, 1, id="hang after"),
    ],
)
def test_cut_or_hanging_answer_raises_and_accepts_as_its_kind_says(
    twilio: PretendTwilio, receiver: Receiver, kind: str, error: type[Exception], accepted: int
) -> None:
    client = client_of(twilio, timeout=0.2)
    twilio.faults.set(ADA, kind, count=1)
    with pytest.raises(error):
        send(client, status_callback=receiver.url("/status?message=1"))
    assert len(twilio.outbox) == accepted
    assert [attempt.outcome for attempt in twilio.attempts] == [kind]
    if accepted:
        receiver.wait_for(3)
        assert receiver.statuses() == ["sent", "delivered", "read"]
        found = client.messages.list(to=f"whatsapp:{ADA}", from_=SENDER, limit=5)
        assert [message.sid for message in found] == [receiver.posts[0].form["MessageSid"]]
    send(client)
    assert len(twilio.outbox) == accepted + 1


def test_hanging_request_is_cut_after_its_seconds(twilio: PretendTwilio, client: Client) -> None:
    twilio.faults.set(ADA, "hang", seconds=0.05)
    with pytest.raises(requests.exceptions.ConnectionError) as cut:
        send(client)
    assert not isinstance(cut.value, requests.exceptions.ReadTimeout)


def test_hanging_request_does_not_delay_the_stop() -> None:
    with PretendTwilio(account_sid=ACCOUNT_SID, auth_token=TOKEN, number=NUMBER) as twilio:
        twilio.faults.set(ADA, "hang", seconds=30)
        with pytest.raises(requests.exceptions.ReadTimeout):
            send(client_of(twilio, timeout=0.1))
        waiting = ThreadPoolExecutor(1)
        hung = waiting.submit(send, client_of(twilio, timeout=20))
        until(lambda: len(twilio.attempts) == 2)
        started = time.monotonic()
    assert time.monotonic() - started < 2
    assert isinstance(hung.exception(), requests.exceptions.ConnectionError)
    waiting.shutdown()


def test_latency_applies_to_its_phone_only(twilio: PretendTwilio, client: Client) -> None:
    twilio.faults.set(ADA, "latency", seconds=0.2, count=1)
    send(client, BEN)
    assert [fault.count for fault in twilio.faults.all()] == [1]
    started = time.monotonic()
    send(client, ADA)
    assert time.monotonic() - started >= 0.2
    assert twilio.faults.all() == []


def test_phones_own_fault_precedes_the_one_for_all_phones_and_is_cleared_alone(
    twilio: PretendTwilio, client: Client
) -> None:
    twilio.faults.set("*", "refused", code=21408)
    twilio.faults.set(ADA, "refused", code=21610)
    for phone, code in ((ADA, 21610), (BEN, 21408)):
        with pytest.raises(TwilioRestException) as refused:
            send(client, phone)
        assert refused.value.code == code
    twilio.faults.clear("*")
    assert [fault.phone for fault in twilio.faults.all()] == [ADA]
    send(client, BEN)
    twilio.faults.clear()
    send(client, ADA)


def test_latency_and_another_fault_apply_together(twilio: PretendTwilio, client: Client) -> None:
    twilio.faults.set("*", "latency", seconds=0.1)
    twilio.faults.set(ADA, "429", count=1)
    started = time.monotonic()
    with pytest.raises(TwilioRestException):
        send(client)
    assert time.monotonic() - started >= 0.1


def test_lookup_fault_fails_fetching_and_listing(twilio: PretendTwilio, client: Client) -> None:
    sid = send(client)
    twilio.faults.set(ADA, "lookup_500", count=2)
    with pytest.raises(TwilioRestException) as failed:
        client.messages(sid).fetch()
    assert failed.value.code == 20500
    with pytest.raises(TwilioException):
        client.messages.list(to=f"whatsapp:{ADA}", limit=1)
    assert len(client.messages.list(to=f"whatsapp:{ADA}", limit=1)) == 1


def test_late_listing_hides_an_accepted_message_for_its_seconds(twilio: PretendTwilio, client: Client) -> None:
    twilio.faults.set(ADA, "late_listing", seconds=0.3, count=1)
    send(client)
    assert client.messages.list(to=f"whatsapp:{ADA}", limit=1) == []
    deadline = time.monotonic() + 5
    while not client.messages.list(to=f"whatsapp:{ADA}", limit=1):
        assert time.monotonic() < deadline
    assert len(twilio.outbox) == 1


@pytest.mark.parametrize(
    "kind",
    [pytest.param(kind, id=kind) for kind in ("latency", "late_listing", "refused", "failed", "undelivered")],
)
def test_fault_without_a_required_value_is_an_error(twilio: PretendTwilio, kind: str) -> None:
    with pytest.raises(ValueError, match="needs"):
        twilio.faults.set(ADA, FaultKind(kind))


def test_phone_that_was_off_gets_the_message_when_switched_on(
    twilio: PretendTwilio, client: Client, receiver: Receiver
) -> None:
    twilio.faults.set(ADA, "off")
    sid = send(client, status_callback=receiver.url("/status"))
    receiver.wait_for(1)
    other = send(client, BEN)
    twilio.wait_for(lambda message: message.sid == other and message.status == "read")
    assert receiver.statuses() == ["sent"]
    twilio.faults.clear(ADA, "off")
    twilio.wait_for(lambda message: message.sid == sid and message.status == "read")
    receiver.wait_for(3)
    assert receiver.statuses() == ["sent", "delivered", "read"]


def test_message_to_a_phone_that_blocked_us_stays_sent_without_an_error(
    twilio: PretendTwilio, client: Client, receiver: Receiver
) -> None:
    twilio.faults.set(ADA, "blocked")
    sid = send(client, status_callback=receiver.url("/status"))
    twilio.wait_for(lambda message: message.sid == sid and message.status == "sent")
    twilio.faults.clear(ADA)
    other = send(client)
    twilio.wait_for(lambda message: message.sid == other and message.status == "read")
    assert [message.status for message in twilio.outbox] == ["sent", "read"]
    assert receiver.statuses() == ["sent"]


def test_slow_phone_delays_delivery_but_not_sending(twilio: PretendTwilio, client: Client) -> None:
    twilio.faults.set(ADA, "slow", seconds=1)
    sid = send(client)
    twilio.wait_for(lambda message: message.sid == sid and message.status == "sent")
    was_sent = time.monotonic()
    twilio.wait_for(lambda message: message.sid == sid and message.status == "read")
    assert time.monotonic() - was_sent > 0.3


def test_clearing_one_kind_of_fault_keeps_the_others(twilio: PretendTwilio) -> None:
    for kind in ("off", "blocked"):
        twilio.faults.set(ADA, kind)
    answer = requests.delete(f"{twilio.base_url}/sandbox/faults", params={"phone": ADA, "kind": "off"}, timeout=5)
    assert answer.status_code == 204
    assert [fault.kind for fault in twilio.faults.all()] == [FaultKind.BLOCKED]
    wrong = requests.delete(f"{twilio.base_url}/sandbox/faults", params={"phone": ADA, "kind": "rain"}, timeout=5)
    assert (wrong.status_code, list(wrong.json()["errors"])) == (422, ["kind"])


def test_messages_that_waited_for_a_phone_arrive_in_order() -> None:
    never_read = Pace(0.01, 0.02, None)
    with PretendTwilio(account_sid=ACCOUNT_SID, auth_token=TOKEN, number=NUMBER, pace=never_read) as twilio:
        twilio.faults.set(ADA, "off")
        client = client_of(twilio)
        sids = [send(client) for _ in range(8)]
        twilio.wait_for_many(lambda message: message.status == "sent", 8)
        twilio.faults.clear(ADA, "off")
        arrived = twilio.wait_for_many(lambda message: message.status == "delivered", 8)
    assert [message.sid for message in sorted(arrived, key=lambda message: message.revision)] == sids
