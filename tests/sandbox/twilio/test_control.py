"""The control routes for browser pages and curl."""

import pytest
import requests
from twilio.rest import Client

from sandbox.twilio import PretendTwilio
from tests.sandbox.twilio.conftest import ADA, BEN, SENDER, Receiver


def call(twilio: PretendTwilio, method: str, path: str, **more: object) -> requests.Response:
    return requests.request(method, f"{twilio.base_url}/sandbox{path}", timeout=5, **more)  # type: ignore[arg-type]


def test_messages_are_listed_in_both_directions(twilio: PretendTwilio, client: Client, receiver: Receiver) -> None:
    client.messages.create(to=f"whatsapp:{ADA}", from_=SENDER, body="take it?")
    twilio.wait_for(lambda message: message.status == "read")
    answer = call(twilio, "POST", "/say", json={"from": ADA, "text": "yes", "payload": "yes_K7F3"})
    assert answer.json() == {"sid": receiver.posts[0].form["MessageSid"], "webhook_status": 204}
    assert receiver.posts[0].signed
    assert receiver.posts[0].form["ButtonPayload"] == "yes_K7F3"
    shown = call(twilio, "GET", "/messages", params={"phone": ADA}).json()
    assert [(m["direction"], m["text"], m["status"], m["ticks"]) for m in shown] == [
        ("outbound", "take it?", "read", 2),
        ("inbound", "yes", "received", 0),
    ]
    assert call(twilio, "GET", f"/messages?phone={ADA}").json() == shown, "an unescaped plus"
    assert call(twilio, "GET", "/messages", params={"phone": BEN}).json() == []


def test_phones_are_listed_most_recent_first(twilio: PretendTwilio, client: Client) -> None:
    for phone, text in ((ADA, "one"), (BEN, "two"), (ADA, "three")):
        client.messages.create(to=f"whatsapp:{phone}", from_=SENDER, body=text)
    phones = call(twilio, "GET", "/phones").json()
    assert [(each["phone"], each["last_message"]["text"]) for each in phones] == [(ADA, "three"), (BEN, "two")]


def test_faults_are_set_listed_and_cleared(twilio: PretendTwilio) -> None:
    given = {"phone": ADA, "kind": "failed", "code": 63016.0, "count": 2}
    assert call(twilio, "PUT", "/faults", json=given).json() == given | {"seconds": 60.0}
    call(twilio, "PUT", "/faults", json={"phone": "*", "kind": "latency", "seconds": 0.1})
    assert {fault["kind"] for fault in call(twilio, "GET", "/faults").json()} == {"failed", "latency"}
    assert call(twilio, "DELETE", "/faults", params={"phone": ADA}).status_code == 204
    assert [fault.kind for fault in twilio.faults.all()] == ["latency"]
    call(twilio, "DELETE", "/faults")
    assert twilio.faults.all() == []


@pytest.mark.parametrize(
    ("method", "path", "body", "field"),
    [
        pytest.param("POST", "/say", {"text": "yes"}, "from", id="no sender"),
        pytest.param("POST", "/say", {"from": "0803 123", "text": "yes"}, "from", id="not a number"),
        pytest.param("POST", "/say", {"from": f"{ADA}\n", "text": "yes"}, "from", id="a number and a line break"),
        pytest.param("POST", "/say", {"from": ADA}, "text", id="no text"),
        pytest.param("POST", "/say", {"from": ADA, "text": 5}, "text", id="text is a number"),
        pytest.param("POST", "/say", {"from": ADA, "text": "x" * 1601}, "text", id="text too long"),
        pytest.param("POST", "/say", {"from": ADA, "text": "a\0b"}, "text", id="NUL"),
        pytest.param("POST", "/say", {"from": ADA, "text": "yes", "sid": "SM1"}, "sid", id="not a sid"),
        pytest.param("POST", "/say", {"from": ADA, "text": "yes", "colour": "red"}, "colour", id="unknown field"),
        pytest.param("POST", "/say", ["yes"], "body", id="not an object"),
        pytest.param("PUT", "/faults", {"kind": "429"}, "phone", id="no phone"),
        pytest.param("PUT", "/faults", {"phone": "all", "kind": "429"}, "phone", id="phone is a word"),
        pytest.param("PUT", "/faults", {"phone": ADA, "kind": "rain"}, "kind", id="unknown kind"),
        pytest.param("PUT", "/faults", {"phone": ADA, "kind": "refused"}, "code", id="refused without a code"),
        pytest.param("PUT", "/faults", {"phone": ADA, "kind": "latency"}, "seconds", id="latency without seconds"),
        pytest.param("PUT", "/faults", {"phone": ADA, "kind": "429", "count": 0}, "count", id="count of zero"),
        pytest.param("PUT", "/faults", {"phone": ADA, "kind": "429", "count": "2"}, "count", id="count is text"),
        pytest.param("PUT", "/faults", {"phone": ADA, "kind": "refused", "code": "21610"}, "code", id="code is text"),
        pytest.param("GET", "/messages", None, "phone", id="no phone"),
        pytest.param("GET", "/messages?phone=12", None, "phone", id="no such number"),
        pytest.param("DELETE", "/faults?phone=12", None, "phone", id="invalid phone of faults"),
    ],
)
def test_invalid_input_is_refused_and_names_the_field(
    twilio: PretendTwilio, receiver: Receiver, method: str, path: str, body: object, field: str
) -> None:
    answer = call(twilio, method, path, **({} if body is None else {"json": body}))
    assert answer.status_code == 422
    assert set(answer.json()) == {"code", "status", "message", "errors"}
    assert list(answer.json()["errors"]) == [field]
    assert receiver.posts == []
    assert twilio.faults.all() == []


@pytest.mark.parametrize(
    ("method", "path", "more", "status"),
    [
        pytest.param("GET", "/nothing", {}, 404, id="unknown path"),
        pytest.param("PATCH", "/faults", {}, 405, id="unknown method"),
        pytest.param("POST", "/say", {"data": "{", "headers": {"Content-Type": "application/json"}}, 400, id="broken"),
        pytest.param("POST", "/say", {"data": "from=1"}, 415, id="not JSON"),
        pytest.param("GET", "/phones", {"headers": {"Host": "evil.example.com"}}, 403, id="rebound name"),
        pytest.param("GET", "/phones", {"headers": {"Host": "["}}, 403, id="broken name"),
        pytest.param("GET", "/phones", {"headers": {"Host": "127.0.0.1.example.com"}}, 403, id="disguised name"),
        pytest.param(
            "POST",
            "/say",
            {"json": {"from": ADA, "text": "yes"}, "headers": {"Origin": "http://evil.example.com"}},
            403,
            id="posted from another site",
        ),
        pytest.param("DELETE", "/faults", {"headers": {"Origin": "null"}}, 403, id="posted from a file"),
    ],
)
def test_control_errors_are_json(
    twilio: PretendTwilio, receiver: Receiver, method: str, path: str, more: dict[str, object], status: int
) -> None:
    answer = call(twilio, method, path, **more)
    assert (answer.status_code, answer.json()["code"]) == (status, status)
    assert set(answer.json()) == {"code", "status", "message", "errors"}
    assert receiver.posts == []
    if status == 405:
        assert "PUT" in answer.headers["Allow"]


@pytest.mark.parametrize("host", [pytest.param("127.0.0.1", id="address"), pytest.param("localhost", id="name")])
def test_posts_from_own_pages_are_accepted(twilio: PretendTwilio, receiver: Receiver, host: str) -> None:
    own = f"{host}:{twilio.base_url.rpartition(':')[2]}"
    headers = {"Host": own, "Origin": f"http://{own}"}
    answer = call(twilio, "POST", "/say", json={"from": ADA, "text": "yes"}, headers=headers)
    assert answer.status_code == 200
    assert len(receiver.posts) == 1


def test_say_returns_null_if_the_webhook_does_not_answer(twilio: PretendTwilio) -> None:
    twilio.inbound_url = "http://127.0.0.1:9/"
    answer = call(twilio, "POST", "/say", json={"from": ADA, "text": "yes"})
    assert (answer.status_code, answer.json()["webhook_status"]) == (200, None)
