"""Inbound messages, as Twilio posts them."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from twilio.rest import Client

from sandbox.twilio import FaultKind, PretendTwilio
from tests.sandbox.twilio.conftest import ACCOUNT_SID, ADA, BEN, NUMBER, SENDER, TOKEN, Receiver, until


def test_text_arrives_signed_with_twilios_parameters(twilio: PretendTwilio, receiver: Receiver) -> None:
    result = twilio.say(ADA, "Yes please 👍\n+1 & more", profile_name="Zoë")
    assert result.status == 204
    (post,) = receiver.posts
    assert post.signed
    assert post.target == "/api/webhooks/twilio/whatsapp"
    metadata = json.loads(post.form.pop("ChannelMetadata"))
    assert metadata["data"]["context"] == {"ProfileName": "Zoë", "WaId": "2348031234567"}
    assert post.form.pop("ExternalUserId").startswith("whatsapp:")
    assert post.form == {
        "AccountSid": ACCOUNT_SID,
        "ApiVersion": "2010-04-01",
        "Body": "Yes please 👍\n+1 & more",
        "From": f"whatsapp:{ADA}",
        "MessageSid": result.sid,
        "MessageType": "text",
        "NumMedia": "0",
        "NumSegments": "1",
        "ProfileName": "Zoë",
        "ReferralNumMedia": "0",
        "SmsMessageSid": result.sid,
        "SmsSid": result.sid,
        "SmsStatus": "received",
        "To": SENDER,
        "WaId": "2348031234567",
    }


def test_tap_names_its_button_and_the_quoted_message(twilio: PretendTwilio, client: Client, receiver: Receiver) -> None:
    client.messages.create(to=f"whatsapp:{ADA}", from_=SENDER, body="first")
    offer = client.messages.create(to=f"whatsapp:{ADA}", from_=SENDER, body="take it?")
    client.messages.create(to=f"whatsapp:{BEN}", from_=SENDER, body="for someone else")
    twilio.say(ADA, "Yes", payload="yes_K7F3", button_text="Yes")
    form = receiver.posts[0].form
    assert (form["Body"], form["ButtonText"], form["ButtonPayload"]) == ("Yes", "Yes", "yes_K7F3")
    assert form["OriginalRepliedMessageSid"] == offer.sid
    assert form["OriginalRepliedMessageSender"] == SENDER
    assert (form["MessageType"], form["Forwarded"]) == ("interactive", "false")


def test_quote_names_the_quoted_message(twilio: PretendTwilio, receiver: Receiver) -> None:
    quoted = "SM" + "a" * 32
    twilio.say(ADA, "yes", quoted_sid=quoted)
    form = receiver.posts[0].form
    assert form["OriginalRepliedMessageSid"] == quoted
    assert "ButtonPayload" not in form


def test_plain_text_has_no_quote(twilio: PretendTwilio, client: Client, receiver: Receiver) -> None:
    client.messages.create(to=f"whatsapp:{ADA}", from_=SENDER, body="take it?")
    twilio.say(ADA, "yes")
    assert "OriginalRepliedMessageSid" not in receiver.posts[0].form


def test_keyword_recognised_by_advanced_opt_out_is_posted(twilio: PretendTwilio, receiver: Receiver) -> None:
    twilio.say(ADA, "quit", opt_out="STOP")
    twilio.say(ADA, "quit")
    assert [post.form.get("OptOutType") for post in receiver.posts] == ["STOP", None]


def test_repeated_delivery_has_the_same_sid_and_counts_as_one_message(
    twilio: PretendTwilio, client: Client, receiver: Receiver
) -> None:
    first = twilio.say(ADA, "yes")
    again = twilio.say(ADA, "yes", sid=first.sid)
    assert again.sid == first.sid
    assert receiver.posts[0].form == receiver.posts[1].form
    assert len(client.messages.list(to=SENDER, limit=20)) == 1


def test_say_returns_the_webhooks_status(twilio: PretendTwilio, receiver: Receiver) -> None:
    receiver.status = 403
    assert twilio.say(ADA, "yes").status == 403


def test_say_returns_none_if_the_webhook_does_not_answer(twilio: PretendTwilio) -> None:
    twilio.inbound_url = "http://127.0.0.1:9/"
    assert twilio.say(ADA, "yes").status is None


def test_say_without_an_inbound_url_is_an_error() -> None:
    twilio = PretendTwilio(account_sid=ACCOUNT_SID, auth_token=TOKEN, number=NUMBER)
    with twilio, pytest.raises(ValueError, match="inbound_url"):
        twilio.say(ADA, "yes")


def test_fifty_inbound_messages_at_once_all_arrive(twilio: PretendTwilio, receiver: Receiver) -> None:
    phones = [f"+23480300000{number:02}" for number in range(50)]
    with ThreadPoolExecutor(50) as crowd:
        results = list(crowd.map(lambda phone: twilio.say(phone, "YES"), phones))
    assert [each.status for each in results] == [204] * 50
    assert {post.form["From"] for post in receiver.posts} == {f"whatsapp:{phone}" for phone in phones}
    assert len({each.sid for each in results}) == 50
    assert all(post.signed for post in receiver.posts)


def test_late_inbound_message_is_overtaken_by_the_next(twilio: PretendTwilio, receiver: Receiver) -> None:
    twilio.faults.set(ADA, FaultKind.LATE_INBOUND, seconds=0.3, count=1)
    with ThreadPoolExecutor(1) as another:
        late = another.submit(twilio.say, ADA, "first")
        until(lambda: not twilio.faults.all())
        assert twilio.say(ADA, "second").status == 204
        assert late.result().status == 204
    assert [post.form["Body"] for post in receiver.posts] == ["second", "first"]


def test_doubled_inbound_message_arrives_twice_under_one_sid(twilio: PretendTwilio, receiver: Receiver) -> None:
    twilio.faults.set(ADA, FaultKind.DOUBLE_INBOUND, seconds=0.05, count=1)
    results = [twilio.say(ADA, text) for text in ("yes", "no")]
    posts = receiver.wait_for(3)
    assert sorted(post.form["MessageSid"] for post in posts) == sorted([results[0].sid, results[0].sid, results[1].sid])
    assert all(post.signed for post in posts)
