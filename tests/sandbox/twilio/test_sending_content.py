"""Messages by ContentSid: filled-in text, buttons, refused requests, failures by receipt."""

import json
from typing import Any

import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from sandbox.twilio import PretendTwilio, facts
from tests.sandbox.twilio.conftest import ADA, SENDER, Receiver, a_template, buttons, text_of, until

STATUS = "/status?message=1"


def send(client: Client, sid: str, variables: dict[str, str] | None = None, **more: Any) -> str:
    if variables is not None:
        more["content_variables"] = json.dumps(variables)
    return str(client.messages.create(to=f"whatsapp:{ADA}", from_=SENDER, content_sid=sid, **more).sid)


def ends(twilio: PretendTwilio, sid: str) -> int | None:
    """Wait for a message's end. Return its error code. Return None if it was read."""
    (message,) = [message for message in twilio.outbox if message.sid == sid]
    until(lambda: message.status in ("failed", "read"))
    return message.error_code


def test_message_by_template_has_its_filled_in_text_and_buttons(twilio: PretendTwilio, client: Client) -> None:
    sid = send(client, a_template(client, twilio), {"1": "Zoë", "2": "M4X9"})
    (message,) = twilio.outbox
    assert message.body == "Hello Zoë, there is a new inspection for you: M4X9. Will you take it?"
    assert message.actions == (("Yes", "yes_M4X9"), ("No", "no_M4X9"))
    assert message.samples_used == ()
    assert ends(twilio, sid) is None
    assert client.messages(sid).fetch().body == message.body


@pytest.mark.parametrize(
    ("variables", "used"),
    [
        pytest.param(None, ("1", "2"), id="no variables"),
        pytest.param({"1": "Zoë"}, ("2",), id="one is missing"),
    ],
)
def test_missing_variables_are_replaced_by_samples_and_recorded(
    twilio: PretendTwilio, client: Client, variables: dict[str, str] | None, used: tuple[str, ...]
) -> None:
    sid = send(client, a_template(client, twilio), variables)
    assert ends(twilio, sid) is None
    assert twilio.outbox[0].samples_used == used
    assert "K7F3" in twilio.outbox[0].body


@pytest.mark.parametrize(
    ("variables", "code"),
    [
        pytest.param('{"1": ""}', 21656, id="an empty value"),
        pytest.param('{"1": 5}', 21656, id="a number"),
        pytest.param("no", 21656, id="not JSON"),
    ],
)
def test_invalid_variables_are_refused(twilio: PretendTwilio, client: Client, variables: str, code: int) -> None:
    sid = a_template(client, twilio)
    with pytest.raises(TwilioRestException) as refused:
        client.messages.create(to=f"whatsapp:{ADA}", from_=SENDER, content_sid=sid, content_variables=variables)
    assert refused.value.code == code
    assert twilio.outbox == []


def test_message_by_a_deleted_template_is_refused(twilio: PretendTwilio, client: Client) -> None:
    sid = a_template(client, twilio)
    client.content.v1.contents(sid).delete()
    with pytest.raises(TwilioRestException) as refused:
        send(client, sid)
    assert (refused.value.status, refused.value.code) == (400, 21655)
    assert twilio.outbox == []


@pytest.mark.parametrize(
    ("value", "code"),
    [
        pytest.param("line\nbreak", 63013, id="line break"),
        pytest.param("carriage\rreturn", 63013, id="carriage return"),
        pytest.param("a\ttab", 63013, id="tab"),
        pytest.param("five     blanks", 63013, id="five blanks"),
        pytest.param("four    blanks", None, id="four blanks"),
        pytest.param("*bold* 👍", None, id="marks and emoji"),
    ],
)
def test_value_with_line_breaks_or_tabs_fails_outside_the_window_only(
    twilio: PretendTwilio, client: Client, value: str, code: int | None
) -> None:
    template = a_template(client, twilio)
    assert ends(twilio, send(client, template, {"1": value, "2": "x"})) == code
    twilio.say(ADA, "hello")
    assert ends(twilio, send(client, template, {"1": value, "2": "x"})) is None


def test_filled_in_text_over_1024_fails(twilio: PretendTwilio, client: Client) -> None:
    template = a_template(client, twilio)
    fixed = len("Hello , there is a new inspection for you: K7F3. Will you take it?")
    assert ends(twilio, send(client, template, {"1": "x" * (1024 - fixed), "2": "K7F3"})) is None
    assert ends(twilio, send(client, template, {"1": "x" * (1025 - fixed), "2": "K7F3"})) == 63021
    twilio.say(ADA, "hello")
    assert ends(twilio, send(client, template, {"1": "x" * (1025 - fixed), "2": "K7F3"})) == 63021


def test_filled_in_payload_over_200_fails(twilio: PretendTwilio, client: Client) -> None:
    template = a_template(client, twilio)
    assert ends(twilio, send(client, template, {"1": "Ada", "2": "x" * 196})) is None
    assert ends(twilio, send(client, template, {"1": "Ada", "2": "x" * 197})) == 63005


@pytest.mark.parametrize(
    ("status", "enforced", "code"),
    [
        pytest.param("approved", True, None, id="approved"),
        pytest.param("unsubmitted", True, 63016, id="never submitted"),
        pytest.param("pending", True, 63016, id="pending"),
        pytest.param("unsubmitted", False, None, id="never submitted, window off"),
        pytest.param("rejected", True, 63040, id="rejected"),
        pytest.param("paused", True, 63041, id="paused"),
        pytest.param("disabled", True, 63042, id="disabled"),
        pytest.param("paused", False, 63041, id="paused, window off"),
    ],
)
def test_only_approved_templates_are_delivered_outside_the_window(
    twilio: PretendTwilio, client: Client, receiver: Receiver, status: str, enforced: bool, code: int | None
) -> None:
    twilio.window = enforced
    template = a_template(client, twilio, status)
    assert ends(twilio, send(client, template, status_callback=receiver.url(STATUS))) == code
    if code:
        (post,) = receiver.wait_for(1)
        assert (post.form["MessageStatus"], post.form["ErrorCode"]) == ("failed", str(code))
        assert post.form["ErrorMessage"] == facts.ERRORS[code].message
    twilio.say(ADA, "hello")
    assert ends(twilio, send(client, template)) is None


@pytest.mark.parametrize(
    ("status", "count", "code"),
    [
        pytest.param("unsubmitted", 3, None, id="three"),
        pytest.param("unsubmitted", 4, 63005, id="four"),
        pytest.param("approved", 10, None, id="ten, approved"),
    ],
)
def test_more_than_three_buttons_fail_without_approval(
    twilio: PretendTwilio, client: Client, status: str, count: int, code: int | None
) -> None:
    twilio.say(ADA, "hello")
    template = a_template(client, twilio, status, types=buttons(count))
    assert ends(twilio, send(client, template)) == code


def test_tap_on_a_template_button_posts_its_payload(twilio: PretendTwilio, client: Client, receiver: Receiver) -> None:
    sid = send(client, a_template(client, twilio), {"1": "Zoë", "2": "M4X9"})
    twilio.say(ADA, "Yes", payload=twilio.outbox[0].actions[0][1])
    form = receiver.wait_for(1)[0].form
    assert (form["ButtonPayload"], form["ButtonText"], form["Body"]) == ("yes_M4X9", "Yes", "Yes")
    assert form["OriginalRepliedMessageSid"] == sid


def test_text_template_has_no_buttons(twilio: PretendTwilio, client: Client) -> None:
    send(client, a_template(client, twilio, types=text_of("There is {{1}} for you")), {"1": "a house"})
    assert (twilio.outbox[0].body, twilio.outbox[0].actions) == ("There is a house for you", ())
