"""Receipts: signatures, order, and Twilio's fields."""

import pytest
from twilio.rest import Client

from sandbox.twilio import Pace, PretendTwilio, webhooks
from sandbox.twilio.delivery import plan
from sandbox.twilio.faults import Faults
from tests.sandbox.twilio.conftest import ACCOUNT_SID, ADA, NUMBER, SENDER, TOKEN, Receiver, client_of, until

QUERY = "/api/webhooks/twilio/status?message=5f3a&attempt=1&note=%2Fa%7eb"


def send(client: Client, receiver: Receiver, target: str = QUERY) -> str:
    sent = client.messages.create(
        to=f"whatsapp:{ADA}", from_=SENDER, body="hello", status_callback=receiver.url(target)
    )
    return str(sent.sid)


@pytest.mark.parametrize(
    "target",
    [
        pytest.param(QUERY, id="query with escapes"),
        pytest.param("/status", id="no query"),
        pytest.param("/?a=1&b=", id="empty value"),
    ],
)
def test_receipts_are_signed_over_the_url_as_given(client: Client, receiver: Receiver, target: str) -> None:
    sid = send(client, receiver, target)
    posts = receiver.wait_for(3)
    assert receiver.statuses() == ["sent", "delivered", "read"]
    assert [post.target for post in posts] == [target] * 3
    assert all(post.signed for post in posts)
    assert {post.form["MessageSid"] for post in posts} == {sid}
    assert {post.headers["User-Agent"] for post in posts} == {"TwilioProxy/1.1"}


def test_receipt_has_twilios_fields(client: Client, receiver: Receiver) -> None:
    sid = send(client, receiver)
    sent, delivered, read = (post.form for post in receiver.wait_for(3))
    assert sent == {
        "AccountSid": ACCOUNT_SID,
        "ApiVersion": "2010-04-01",
        "ChannelInstallSid": "XE" + "5a" * 16,
        "ChannelPrefix": "whatsapp",
        "ChannelToAddress": "+234803123XXXX",
        "From": SENDER,
        "MessageSid": sid,
        "MessageStatus": "sent",
        "SmsSid": sid,
        "SmsStatus": "sent",
        "StructuredMessage": "false",
        "To": f"whatsapp:{ADA}",
    }
    for later in (delivered, read):
        assert later["ExternalUserId"] == delivered["ExternalUserId"]
        assert ADA.removeprefix("+") not in later["ExternalUserId"]
        assert "StructuredMessage" not in later


def test_fragment_is_neither_sent_nor_signed(client: Client, receiver: Receiver) -> None:
    send(client, receiver, "/status?message=1#rc=3&rp=all")
    assert receiver.wait_for(1)[0].target == "/status?message=1"
    assert receiver.posts[0].signed


@pytest.mark.parametrize(
    ("kind", "statuses"),
    [
        pytest.param("failed", ["failed"], id="never sent"),
        pytest.param("undelivered", ["sent", "undelivered"], id="sent, not delivered"),
    ],
)
def test_failed_message_gets_a_receipt_with_its_code(
    twilio: PretendTwilio, client: Client, receiver: Receiver, kind: str, statuses: list[str]
) -> None:
    twilio.faults.set(ADA, kind, code=63016)
    sid = send(client, receiver)
    last = receiver.wait_for(len(statuses))[-1]
    assert receiver.statuses() == statuses
    assert last.form["ErrorCode"] == "63016"
    assert "outside the allowed window" in last.form["ErrorMessage"]
    assert last.form["ChannelStatusMessage"] == last.form["ErrorMessage"]
    assert "ErrorCode" not in receiver.posts[0].form or kind == "failed"
    found = client.messages(sid).fetch()
    assert (found.status, found.error_code) == (kind, 63016)


def test_message_from_the_sender_to_itself_fails(twilio: PretendTwilio, client: Client) -> None:
    client.messages.create(to=SENDER, from_=SENDER, body="hello")
    assert twilio.wait_for(lambda message: message.status == "failed").error_code == 63031


def test_no_read_receipt_if_the_pace_has_none(twilio: PretendTwilio, client: Client, receiver: Receiver) -> None:
    send(client, receiver)
    steps = plan(twilio.outbox[0], Pace(read=None), Faults())
    assert [step.status for step in steps] == ["sent", "delivered"]
    assert [step.after for step in plan(twilio.outbox[0], Pace(), Faults())] == [0.05, 0.1, 0.3]


def test_message_without_receipts_is_still_delivered(twilio: PretendTwilio, client: Client, receiver: Receiver) -> None:
    twilio.faults.set(ADA, "no_receipts", count=1)
    silent = send(client, receiver)
    twilio.wait_for(lambda message: message.sid == silent and message.status == "read")
    told = send(client, receiver)
    assert {post.form["MessageSid"] for post in receiver.wait_for(3)} == {told}


@pytest.mark.parametrize(
    ("kinds", "statuses"),
    [
        pytest.param(["double_receipts"], ["sent", "sent", "delivered", "delivered", "read", "read"], id="doubled"),
        pytest.param(["reversed_receipts"], ["read", "delivered", "sent"], id="out of order"),
        pytest.param(
            ["reversed_receipts", "double_receipts"],
            ["read", "read", "delivered", "delivered", "sent", "sent"],
            id="both",
        ),
    ],
)
def test_receipts_can_be_doubled_and_out_of_order(
    twilio: PretendTwilio, client: Client, receiver: Receiver, kinds: list[str], statuses: list[str]
) -> None:
    for kind in kinds:
        twilio.faults.set(ADA, kind, count=1)
    sid = send(client, receiver)
    receiver.wait_for(len(statuses))
    assert receiver.statuses() == statuses
    assert client.messages(sid).fetch().status == "read"


def test_refused_receipt_is_not_repeated(twilio: PretendTwilio, client: Client, receiver: Receiver) -> None:
    receiver.status = 503
    send(client, receiver)
    twilio.wait_for(lambda message: message.status == "read")
    receiver.wait_for(3)
    assert receiver.statuses() == ["sent", "delivered", "read"]


@pytest.mark.parametrize(
    ("fragment", "status", "calls"),
    [
        pytest.param("", 503, 1, id="default"),
        pytest.param("#rc=3&rp=ct,rt,5xx&rt=5000", 503, 4, id="after a 5xx"),
        pytest.param("#rc=3&rp=ct,rt,5xx&rt=5000", 404, 1, id="not after a 4xx"),
        pytest.param("#rc=2&rp=4xx", 404, 3, id="after a 4xx"),
        pytest.param("#rp=all", 503, 2, id="once by default"),
        pytest.param("#rc=0&rp=all", 503, 1, id="never"),
        pytest.param("#rc=9&rp=all", 503, 2, id="retries out of bounds are ignored"),
        pytest.param("#rc=3&rp=5xx,teapot", 503, 1, id="unknown cause is ignored"),
        pytest.param("#rc=3&rp=ct,rt,5xx&rt=5000", 204, 1, id="accepted"),
    ],
)
def test_overrides_set_causes_and_number_of_retries(
    client: Client, receiver: Receiver, fragment: str, status: int, calls: int
) -> None:
    receiver.status = status
    send(client, receiver, f"/status?message=1{fragment}")
    until(lambda: receiver.statuses().count("read") == calls)
    assert receiver.statuses() == ["sent"] * calls + ["delivered"] * calls + ["read"] * calls
    assert {(post.target, post.signed) for post in receiver.posts} == {("/status?message=1", True)}


def test_read_timeout_is_retried_if_the_overrides_ask_for_it(receiver: Receiver) -> None:
    receiver.hangs = 1
    assert webhooks.post(receiver.url("/s#rc=1&rp=rt&rt=100"), {"MessageStatus": "sent"}, TOKEN) == 204
    receiver.hangs = 1
    assert webhooks.post(receiver.url("/s#rc=1&rp=5xx&rt=100"), {"MessageStatus": "sent"}, TOKEN) is None
    assert len(receiver.posts) == 3


def test_total_timeout_covers_all_tries(receiver: Receiver) -> None:
    receiver.hangs = 9
    assert webhooks.post(receiver.url("/s#rc=5&rp=all&tt=100"), {"MessageStatus": "sent"}, TOKEN) is None
    assert len(receiver.posts) == 1


def test_no_receipts_after_clear(receiver: Receiver) -> None:
    with PretendTwilio(account_sid=ACCOUNT_SID, auth_token=TOKEN, number=NUMBER, pace=Pace(0.2, 0.2, 0.2)) as twilio:
        client = client_of(twilio)
        send(client, receiver)
        twilio.clear()
        assert (twilio.outbox, twilio.attempts) == ([], [])
        kept = send(client, receiver)
        receiver.wait_for(3)
        twilio.wait_for(lambda message: message.status == "read")
    assert {post.form["MessageSid"] for post in receiver.posts} == {kept}


def test_posted_receipts_are_stored_with_their_status(
    twilio: PretendTwilio, client: Client, receiver: Receiver
) -> None:
    receiver.status = 503
    send(client, receiver)
    until(lambda: len(twilio.outbox[0].receipts) == 3)
    assert twilio.outbox[0].receipts == [("sent", 503), ("delivered", 503), ("read", 503)]
