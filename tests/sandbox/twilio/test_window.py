"""Limits of a real sender: 24-hour window, Meta's tier, validity of a message; several senders."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from sandbox.twilio import PretendTwilio
from tests.sandbox.twilio.conftest import (
    ACCOUNT_SID,
    ADA,
    BEN,
    NUMBER,
    QUICK,
    SENDER,
    TOKEN,
    Receiver,
    a_template,
    client_of,
    create,
    submit,
    until,
)

OTHER = "+442071838750"
CHI = "+2348039876543"


def text(client: Client, phone: str = ADA, from_: str = SENDER, **more: Any) -> str:
    return str(client.messages.create(to=f"whatsapp:{phone}", from_=from_, body="hello", **more).sid)


def ends(twilio: PretendTwilio, sid: str) -> int | None:
    """Wait for a message's end. Return its error code. Return None if it was read."""
    (message,) = [message for message in twilio.outbox if message.sid == sid]
    until(lambda: message.status in ("failed", "read"))
    return message.error_code


def control(twilio: PretendTwilio, method: str, path: str, **more: Any) -> requests.Response:
    return requests.request(method, f"{twilio.base_url}/sandbox{path}", timeout=5, **more)


@pytest.fixture
def strict(receiver: Receiver) -> Iterator[PretendTwilio]:
    """A pretend Twilio with two senders that enforces the window."""
    with PretendTwilio(
        account_sid=ACCOUNT_SID,
        auth_token=TOKEN,
        number=NUMBER,
        numbers=[OTHER],
        inbound_url=receiver.url("/in"),
        pace=QUICK,
        window=True,
    ) as twilio:
        yield twilio


def test_free_text_to_a_person_who_never_wrote_fails_by_receipt(strict: PretendTwilio, receiver: Receiver) -> None:
    sid = text(client_of(strict), status_callback=receiver.url("/status"))
    assert ends(strict, sid) == 63016
    (post,) = receiver.wait_for(1)
    assert (post.form["MessageStatus"], post.form["ErrorCode"], post.signed) == ("failed", "63016", True)
    assert "outside the allowed window" in post.form["ErrorMessage"]


def test_inbound_message_opens_the_window_for_24_hours(strict: PretendTwilio) -> None:
    client = client_of(strict)
    assert strict.window_open_until(ADA) is None
    before = datetime.now(UTC)
    strict.say(ADA, "hello")
    until_when = strict.window_open_until(ADA)
    assert before <= until_when - timedelta(hours=24) <= datetime.now(UTC)
    assert ends(strict, text(client)) is None
    assert ends(strict, text(client, BEN)) == 63016
    strict.grow_older(timedelta(hours=23, minutes=59))
    assert ends(strict, text(client)) is None
    strict.grow_older(timedelta(minutes=1))
    assert ends(strict, text(client)) == 63016


def test_each_inbound_message_extends_the_window(strict: PretendTwilio) -> None:
    strict.say(ADA, "hello")
    strict.grow_older(timedelta(hours=20))
    strict.say(ADA, "Yes", payload="yes_K7F3")
    strict.grow_older(timedelta(hours=20))
    assert ends(strict, text(client_of(strict))) is None


def test_repeated_delivery_does_not_extend_the_window(strict: PretendTwilio) -> None:
    sid = strict.say(ADA, "hello").sid
    strict.grow_older(timedelta(hours=25))
    strict.say(ADA, "hello", sid=sid)
    assert ends(strict, text(client_of(strict))) == 63016


def test_each_sender_has_its_own_window(strict: PretendTwilio) -> None:
    client = client_of(strict)
    strict.say(ADA, "hello", to=OTHER)
    assert ends(strict, text(client)) == 63016
    assert ends(strict, text(client, from_=f"whatsapp:{OTHER}")) is None
    assert (strict.window_open_until(ADA, NUMBER), strict.window_open_until(ADA)) == (
        None,
        strict.window_open_until(ADA, OTHER),
    )


def test_window_is_not_enforced_by_default_and_can_be_switched(twilio: PretendTwilio, client: Client) -> None:
    assert ends(twilio, text(client)) is None
    assert control(twilio, "PUT", "/window", json={"enforced": True}).json()["enforced"] is True
    assert ends(twilio, text(client)) == 63016
    twilio.window = False
    assert control(twilio, "GET", "/window").json() == {"enforced": False, "clock_ahead_seconds": 0}
    assert ends(twilio, text(client)) is None


def test_clear_closes_the_window(strict: PretendTwilio) -> None:
    strict.say(ADA, "hello")
    strict.clear()
    assert strict.window_open_until(ADA) is None


def test_clock_advances_add_up(twilio: PretendTwilio, client: Client) -> None:
    twilio.say(ADA, "hello")
    text(client, BEN)
    open_until = twilio.window_open_until(ADA)
    for hours in (24, 0.5):
        answer = control(twilio, "POST", "/clock", json={"forward_seconds": hours * 3600})
    assert answer.json() == {"enforced": False, "clock_ahead_seconds": 24.5 * 3600}
    assert twilio.window_open_until(ADA) == open_until - timedelta(hours=24.5)
    shown = {each["phone"]: each["window_until"] for each in control(twilio, "GET", "/phones").json()}
    assert shown == {ADA: (open_until - timedelta(hours=24.5)).isoformat(), BEN: None}


def test_templates_are_listed_and_decided_over_control_routes(twilio: PretendTwilio, client: Client) -> None:
    sid = create(client).sid
    submit(client, sid)
    (shown,) = control(twilio, "GET", "/contents").json()
    assert {name: shown[name] for name in ("sid", "name", "language", "category", "status")} == {
        "sid": sid,
        "name": "offer_v1",
        "language": "en",
        "category": "UTILITY",
        "status": "pending",
    }
    assert shown["actions"][0] == {"title": "Yes", "id": "yes_{{2}}"}
    given = {"status": "rejected", "reason": "PROMOTIONAL", "category": "MARKETING"}
    decided = control(twilio, "PUT", f"/contents/{sid}", json=given).json()
    assert (decided["status"], decided["rejection_reason"], decided["category"]) == (
        "rejected",
        "PROMOTIONAL",
        "MARKETING",
    )
    assert twilio.contents[0].status == "rejected"


def test_all_waiting_templates_are_decided_by_one_request(twilio: PretendTwilio, client: Client) -> None:
    assert control(twilio, "PUT", "/contents", json={"status": "approved"}).json() == {}
    sids = [create(client, language=language).sid for language in ("en", "fr", "pt_BR", "ar")]
    sids.append(create(client, variables={}).sid)  # Meta rejects a variable without a sample
    for sid in [*sids[:3], sids[4]]:
        submit(client, sid)
    twilio.decide(sids[0], "paused")
    answer = control(twilio, "PUT", "/contents", json={"status": "approved"})
    assert (answer.status_code, answer.json()) == (200, {"approved": 2, "rejected": 1})
    statuses = [content.status for content in twilio.contents]
    assert statuses == ["paused", "approved", "approved", "unsubmitted", "rejected"]


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "field"),
    [
        pytest.param("PUT", "/contents", {"status": "splendid"}, 422, "status", id="no such status for all"),
        pytest.param("PUT", "/contents", {}, 422, "status", id="no status for all"),
        pytest.param("PUT", "/contents/HX1", {"status": "approved"}, 404, None, id="no such template"),
        pytest.param("PUT", "/contents/{sid}", {"status": "approved"}, 422, "status", id="not submitted"),
        pytest.param("PUT", "/contents/{sid}", {"status": "splendid"}, 422, "status", id="no such status"),
        pytest.param("PUT", "/contents/{sid}", {}, 422, "status", id="no status"),
        pytest.param("PUT", "/contents/{sid}", {"status": "paused", "category": "x"}, 422, "category", id="category"),
        pytest.param("PUT", "/window", {"enforced": "yes"}, 422, "enforced", id="enforced is a word"),
        pytest.param("PUT", "/window", {}, 422, "enforced", id="no enforced"),
        pytest.param("POST", "/clock", {"forward_seconds": -1}, 422, "forward_seconds", id="back in time"),
        pytest.param("POST", "/clock", {"forward_seconds": "soon"}, 422, "forward_seconds", id="not a number"),
        pytest.param("POST", "/clock", [], 422, "body", id="not an object"),
        pytest.param("POST", "/say", {"from": ADA, "text": "hi", "to": "+15550000000"}, 422, "to", id="not our sender"),
    ],
)
def test_invalid_input_is_refused_and_names_the_field(
    twilio: PretendTwilio, client: Client, method: str, path: str, body: object, status: int, field: str | None
) -> None:
    path = path.format(sid=create(client).sid)
    answer = control(twilio, method, path, json=body)
    assert (answer.status_code, set(answer.json())) == (status, {"code", "status", "message", "errors"})
    assert list(answer.json()["errors"]) == ([field] if field else [])


def test_requests_of_other_sites_are_refused(twilio: PretendTwilio) -> None:
    across = {"Origin": "http://evil.example.com"}
    assert control(twilio, "PUT", "/window", json={"enforced": True}, headers=across).status_code == 403
    assert control(twilio, "GET", "/contents", headers={"Host": "evil.example.com"}).status_code == 403
    assert twilio.window is False


def test_tier_counts_people_outside_windows_in_the_last_24_hours(twilio: PretendTwilio, client: Client) -> None:
    twilio.tier = 2
    template = a_template(client, twilio)

    def send(phone: str) -> int | None:
        sent = client.messages.create(to=f"whatsapp:{phone}", from_=SENDER, content_sid=template)
        return ends(twilio, sent.sid)

    assert [send(phone) for phone in (ADA, BEN, CHI, ADA, BEN)] == [None, None, 63018, None, None]
    twilio.say(CHI, "hello")
    assert send(CHI) is None, "people within their window are not counted"
    twilio.grow_older(timedelta(hours=24))
    assert [send(phone) for phone in (CHI, BEN, ADA)] == [None, None, 63018]
    twilio.tier = None
    assert send(ADA) is None


def test_message_that_fails_for_another_reason_does_not_count_for_the_tier(strict: PretendTwilio) -> None:
    client = client_of(strict)
    strict.tier = 1
    assert ends(strict, text(client, BEN)) == 63016
    template = a_template(client, strict)
    sent = client.messages.create(to=f"whatsapp:{ADA}", from_=SENDER, content_sid=template)
    assert ends(strict, sent.sid) is None


def test_message_expires_if_the_phone_is_off_longer_than_its_validity(
    twilio: PretendTwilio, client: Client, receiver: Receiver
) -> None:
    twilio.faults.set(ADA, "off")
    dated = text(client, validity_period=60, status_callback=receiver.url("/status"))
    lasting = text(client)
    until(lambda: [message.status for message in twilio.outbox] == ["sent", "sent"])
    twilio.grow_older(timedelta(seconds=61))
    assert ends(twilio, dated) == 30036
    receiver.wait_for(2)
    assert receiver.statuses() == ["sent", "failed"]
    twilio.faults.clear()
    assert ends(twilio, lasting) is None
    assert [message.status for message in twilio.outbox] == ["failed", "read"]


def test_message_is_delivered_if_the_phone_is_on_within_its_validity(twilio: PretendTwilio, client: Client) -> None:
    twilio.faults.set(ADA, "off")
    sid = text(client, validity_period=60)
    until(lambda: twilio.outbox[0].status == "sent")
    twilio.faults.clear()
    assert ends(twilio, sid) is None


def test_each_sender_of_the_account_may_send(strict: PretendTwilio, receiver: Receiver) -> None:
    strict.window = False
    client = client_of(strict)
    for sender in (SENDER, f"whatsapp:{OTHER}"):
        text(client, from_=sender, status_callback=receiver.url("/status"))
    assert [message.from_ for message in strict.outbox] == [SENDER, f"whatsapp:{OTHER}"]
    assert {post.form["From"] for post in receiver.wait_for(6)} == {SENDER, f"whatsapp:{OTHER}"}
    assert [each.from_ for each in client.messages.list(to=f"whatsapp:{ADA}", from_=f"whatsapp:{OTHER}")] == [
        f"whatsapp:{OTHER}"
    ]
    assert len(client.messages.list(from_=f"whatsapp:{OTHER}")) == 1
    with pytest.raises(TwilioRestException) as refused:
        text(client, from_="whatsapp:+14150000000")
    assert refused.value.code == 63007


def test_people_can_write_to_each_sender(strict: PretendTwilio, receiver: Receiver) -> None:
    strict.say(ADA, "hello")
    control(strict, "POST", "/say", json={"from": ADA, "text": "hello", "to": OTHER})
    assert [post.form["To"] for post in receiver.wait_for(2)] == [SENDER, f"whatsapp:{OTHER}"]
    shown = control(strict, "GET", "/messages", params={"phone": ADA}).json()
    assert [each["sender"] for each in shown] == [NUMBER, OTHER]
    with pytest.raises(ValueError, match="not a sender"):
        strict.say(ADA, "hello", to="+14150000000")
