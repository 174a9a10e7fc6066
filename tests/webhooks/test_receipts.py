"""The webhook for receipts: signed, and the attempt's state rises."""

import json

import pytest
from pymongo.errors import AutoReconnect

from config.settings import settings
from dispatch import redis_client, shelf
from dispatch.app import create_app
from dispatch.models import Message
from dispatch.models.base.record import utc_now
from tests.builders import a_phone, lease, signed
from tests.tables import each_row

PATH = "/api/webhooks/twilio/status"
SID = "SM" + "b" * 32


def post(client, query, **form):
    form = {"MessageSid": SID, "AccountSid": settings().twilio.account_sid, "ApiVersion": "2010-04-01", **form}
    path = f"{PATH}?{query}" if query else PATH
    return client.post(path, data=form, headers=signed(path, form))


@pytest.fixture
def sending(anybody):
    """A message with a first attempt in progress."""
    draft = {"key": "1", "kind": "offer", "phone": a_phone(), "lane": "bulk", "text": "words"}
    [message_id] = Message.write([draft], utc_now())
    return lease(message_id, utc_now())


@pytest.mark.parametrize(
    ("reports", "status"),
    [
        pytest.param(["sent"], "sent", id="sent"),
        pytest.param(["sent", "delivered", "read"], "read", id="in order"),
        pytest.param(["read", "delivered", "sent"], "read", id="the other way round"),
        pytest.param(["sent", "sent"], "sent", id="twice"),
        pytest.param(["sent", "nonsense"], "sent", id="a state that is none"),
    ],
)
def test_a_receipt_raises_the_state_of_its_attempt(anybody, sending, reports, status):
    for report in reports:
        answer = post(anybody, f"message={sending.id}&attempt=1", MessageStatus=report)
        assert (answer.status_code, answer.data) == (204, b"")
        assert "Content-Type" not in answer.headers
    message = Message.objects.get(pk=sending.id)
    assert (message.status, message.twilio_sid) == (status, SID)


@pytest.mark.parametrize(
    ("query", "form"),
    [
        pytest.param("", {"MessageStatus": "sent"}, id="nobody's"),
        pytest.param("message=nonsense&attempt=1", {"MessageStatus": "sent"}, id="no id"),
        pytest.param("message={id}&attempt=7", {"MessageStatus": "sent"}, id="an attempt that was not made"),
        pytest.param("message={id}&attempt=0", {"MessageStatus": "sent"}, id="attempt 0"),
        pytest.param("message={id}&attempt=-1", {"MessageStatus": "sent"}, id="attempt -1"),
        pytest.param("message={id}&attempt=" + "9" * 5000, {"MessageStatus": "sent"}, id="attempt of 5,000 digits"),
        pytest.param("message={id}&attempt=%D9%A2", {"MessageStatus": "sent"}, id="attempt in other digits"),
        pytest.param("message={id}&attempt=1", {}, id="no status"),
    ],
)
def test_a_receipt_without_its_attempt_or_news_changes_nothing(anybody, sending, query, form):
    assert post(anybody, query.format(id=sending.id), **form).status_code == 204
    assert Message.objects.get(pk=sending.id).status == "sending"


@each_row("code", ["9" * 5000, "9" * 20, "-1", "63016.0", "٦٣٠١٦", "", "none"])
def test_receipt_with_an_error_code_that_is_none_counts_as_failed(anybody, code):
    draft = {
        "key": f"code {len(code)} {code[:6]}",
        "kind": "offer",
        "phone": a_phone(),
        "lane": "bulk",
        "text": "words",
    }
    [message_id] = Message.write([draft], utc_now())
    sending = lease(message_id, utc_now())
    answer = post(anybody, f"message={sending.id}&attempt=1", MessageStatus="failed", ErrorCode=code)
    assert answer.status_code == 204
    message = Message.objects.get(pk=sending.id)
    assert (message.attempts[0]["state"], message.attempts[0].get("error_code")) == ("failed", None)


def test_an_unsigned_receipt_is_refused(anybody, sending):
    answer = anybody.post(f"{PATH}?message={sending.id}&attempt=1", data={"MessageSid": SID, "MessageStatus": "read"})
    assert answer.status_code == 403
    assert Message.objects.get(pk=sending.id).status == "sending"


def test_a_receipt_is_buffered_while_mongodb_does_not_answer(stores_clean):
    def fail():
        raise AutoReconnect("connection closed")

    app = create_app()
    app.config["PREPARE_STORES"] = fail
    assert post(app.test_client(), "message=1&attempt=2", MessageStatus="read").status_code == 204
    [raw] = redis_client.client().lrange(shelf.RECEIPTS, 0, -1)
    entry = json.loads(raw)
    assert (entry["kind"], entry["query"]) == ("receipt", {"message": "1", "attempt": "2"})
    assert entry["form"]["MessageStatus"] == "read"


def test_the_address_can_be_opened_in_a_browser(anybody):
    answer = anybody.get(PATH)
    assert (answer.status_code, answer.json) == (200, {"status": "ok"})
