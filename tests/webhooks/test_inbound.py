"""The webhook for inbound messages: signed, saved once, and buffered while MongoDB does not answer."""

import json

import pytest
from pymongo.errors import AutoReconnect

from dispatch import redis_client, shelf
from dispatch.app import MAX_BODY, create_app
from dispatch.models import Contact, Message
from dispatch.models.base.record import utc_now
from dispatch.webhooks import routing
from tests.builders import a_phone, a_receipt_form, an_inbound_form, lease, signed
from tests.settings import changed
from tests.tables import each_row
from tests.waiting import until

PATH, STATUS = "/api/webhooks/twilio/whatsapp", "/api/webhooks/twilio/status"


def post(client, form, path=PATH):
    return client.post(path, data=form, headers=signed(path, form))


def assert_empty(answer):
    assert (answer.status_code, answer.data) == (204, b"")
    assert "Content-Type" not in answer.headers


def test_a_message_is_saved_and_enqueued(anybody):
    form = an_inbound_form(phone="+2348031234567", Body="Yes please 👍\0", ButtonPayload="yes:1", NewInTwilio="2030")
    assert_empty(post(anybody, form))
    message = Message.objects.get()
    assert (message.twilio_sid, message.phone, message.text) == (
        form["MessageSid"],
        "+2348031234567",
        "Yes please 👍\0",
    )
    assert message.form["ButtonPayload"] == "yes:1"
    assert message.received_at
    assert redis_client.client().llen("inbox") == 1


def test_a_repeated_message_is_saved_once(anybody):
    form = an_inbound_form()
    assert_empty(post(anybody, form))
    assert_empty(post(anybody, form))
    assert Message.objects.count() == 1


@pytest.mark.parametrize(
    "path",
    [
        pytest.param(PATH + "/", id="with a slash"),
        pytest.param(PATH + "?t=%2F%C3%A9", id="with an escaped query"),
    ],
)
def test_the_signature_covers_the_address_as_it_is_called(anybody, path):
    assert_empty(post(anybody, an_inbound_form(), path))
    assert Message.objects.count() == 1


@pytest.mark.parametrize(
    "request_",
    [
        pytest.param({"data": an_inbound_form()}, id="no signature"),
        pytest.param({"data": an_inbound_form(), "headers": {"X-Twilio-Signature": "x" * 28}}, id="a made-up one"),
        pytest.param({"data": an_inbound_form(), "headers": signed(PATH, {})}, id="a signature of the address only"),
        pytest.param({"data": an_inbound_form(), "headers": signed("/elsewhere", {})}, id="of another address"),
        pytest.param({"json": an_inbound_form(), "headers": signed(PATH, {})}, id="JSON, the address signed"),
        pytest.param({"data": b"{}", "headers": signed(PATH, {})}, id="no content type"),
        pytest.param(
            {
                "data": an_inbound_form(),
                "headers": signed(PATH, {}),
                "content_type": "multipart/form-data; boundary=x",
            },
            id="another kind of form",
        ),
        pytest.param(
            {"data": b"MessageSid=SM1&Body=\xff", "content_type": "application/x-www-form-urlencoded"}, id="no UTF-8"
        ),
    ],
)
def test_an_unsigned_webhook_is_refused(anybody, request_):
    assert anybody.post(PATH, **request_).status_code == 403
    assert Message.objects.count() == 0


@pytest.mark.parametrize(
    "form",
    [
        pytest.param({}, id="no fields"),
        pytest.param({"Body": "YES", "From": "whatsapp:+2348031234567"}, id="no MessageSid"),
        pytest.param({**an_inbound_form(), "MessageSid": ""}, id="an empty MessageSid"),
        pytest.param({**an_inbound_form(), "MessageSid": "a\0b"}, id="a NUL in it"),
        pytest.param({**an_inbound_form(), "MessageSid": "$twilio_sid"}, id="a field's name of MongoDB's"),
    ],
)
def test_a_message_without_a_sid_is_refused(anybody, form):
    path = PATH if form else PATH + "?"
    answer = anybody.post(path, data=form, headers=signed(PATH, form), content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 422
    assert Message.objects.count() == 0


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        pytest.param({"Body": ["first", "second"]}, "first", id="a repeated name"),
        pytest.param({"Body": "x" * 50_000}, "x" * 50_000, id="a very long text"),
        pytest.param({"Body": "\u202e\ufeff\uffff"}, "\u202e\ufeff\uffff", id="odd characters"),
        pytest.param({"Body": "YES", "From": "whatsapp:BR.1A2B"}, "YES", id="a person without a number"),
        pytest.param({"Body": "YES", "Latitude": "nowhere", "NumMedia": "-1"}, "YES", id="numbers that are none"),
    ],
)
def test_a_form_with_odd_values_is_saved_unchanged(anybody, changes, text):
    form = {**an_inbound_form(), **changes}
    flat = {name: value if isinstance(value, str) else "".join(value) for name, value in form.items()}
    # Twilio signs every value of a repeated name, each after its name.
    header = signed(PATH, {**flat, "Body": "firstBodysecond"} if changes["Body"] == ["first", "second"] else flat)
    assert_empty(anybody.post(PATH, data=form, headers=header))
    assert Message.objects.get().text == text


def test_a_form_that_is_too_large_is_refused(anybody):
    form = an_inbound_form(Body="x" * MAX_BODY)
    assert post(anybody, form).status_code == 413


def test_a_message_is_buffered_while_mongodb_does_not_answer(anybody):
    def fail():
        raise AutoReconnect("connection closed")

    app = create_app()
    app.config["PREPARE_STORES"] = fail
    form = an_inbound_form()
    assert_empty(post(app.test_client(), form, PATH + "?t=1"))
    [raw] = redis_client.client().lrange(shelf.RESCUED, 0, -1)
    entry = json.loads(raw)
    assert (entry["kind"], entry["form"], entry["query"]) == ("inbound", form, {"t": "1"})
    assert Message.objects.count() == 0


def test_after_a_failure_mongodb_is_not_asked_for_a_moment(anybody):
    asked = []

    def answers_the_second_time():
        asked.append(1)
        if len(asked) == 1:
            raise AutoReconnect("connection closed")

    app = create_app()
    app.config["PREPARE_STORES"] = answers_the_second_time
    forms = [an_inbound_form() for _ in range(3)]
    for form in forms[:2]:
        assert_empty(post(app.test_client(), form))
    assert len(asked) == 1
    assert Message.objects.count() == 0
    until(lambda: post(app.test_client(), forms[2]).status_code == 204 and Message.objects.count() == 1, 5)


@each_row(
    ("changes", "reason"),
    [
        pytest.param({"From": "+2348031234567", "To": "+14155238886"}, "sender not on WhatsApp", id="an SMS"),
        pytest.param({"From": "+2348031234567"}, "sender not on WhatsApp", id="a number without a channel"),
        pytest.param({"From": "messenger:2348031234567"}, "sender not on WhatsApp", id="another channel"),
        pytest.param({"From": "whatsapp: +2348031234567"}, "sender not on WhatsApp", id="a blank before the number"),
        pytest.param({"From": "whatsapp:+14155238886"}, "own number as sender", id="our own number"),
        pytest.param({"AccountSid": "AC" + "e" * 32}, "another account", id="another account"),
        pytest.param({"AccountSid": ""}, "another account", id="no account"),
        pytest.param({"To": "whatsapp:+14155230000"}, "recipient not ours", id="a number of somebody else"),
        pytest.param({"To": "+14155238886"}, "recipient not ours", id="our number without a channel"),
        pytest.param(
            {"AccountSid": "AC" + "e" * 32, "MessageStatus": "read"},
            "another account",
            id="a receipt of another account",
        ),
    ],
)
def test_a_form_that_is_not_for_us_has_no_effect_and_is_logged_once(anybody, caplog, changes, reason):
    caplog.clear()
    assert_empty(post(anybody, {**an_inbound_form(phone="+2348031234567", Body="STOP"), **changes}))
    assert (Message.objects.count(), Contact.objects.count()) == (0, 0)
    ours = [record.msg for record in caplog.records if record.name.startswith("dispatch.webhooks")]
    assert [(line["event"], line["reason"]) for line in ours] == [("webhook ignored", reason)]
    assert "2348031234567" not in str(ours)


def test_a_message_at_the_status_url_is_a_message_and_a_receipt_at_the_inbound_url_is_a_receipt(anybody):
    form = an_inbound_form()
    assert_empty(post(anybody, form, STATUS))
    assert Message.objects.get(direction="inbound").twilio_sid == form["MessageSid"]
    draft = {"key": "1", "kind": "offer", "phone": a_phone(), "lane": "bulk", "text": "words"}
    [message_id] = Message.write([draft], utc_now())
    lease(message_id, utc_now())
    assert_empty(post(anybody, a_receipt_form("SM" + "b" * 32, "sent"), f"{PATH}?message={message_id}&attempt=1"))
    assert Message.get(message_id).status == "sent"
    assert_empty(post(anybody, a_receipt_form("SM" + "b" * 32, "read")))
    assert (Message.get(message_id).status, Message.objects.count()) == ("read", 2)


def test_our_own_number_is_known_in_each_of_its_forms(anybody, monkeypatch):
    ours, other = "+525512340102", "whatsapp:+5215512340102"
    monkeypatch.setattr(routing, "settings", lambda: changed(twilio={"whatsapp_numbers": (ours,)}))
    assert_empty(post(anybody, an_inbound_form(To=other, From=other)))
    assert Message.objects.count() == 0
    assert_empty(post(anybody, an_inbound_form(To=other)))
    assert Message.objects.count() == 1
