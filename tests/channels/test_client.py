"""Calls to Twilio: each answer, each failure and each time-out has the right outcome."""

import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests
from bson import ObjectId

from config.queues import SEND_THREADS
from config.settings import settings
from dispatch.channels.whatsapp import client
from dispatch.channels.whatsapp.client import LookUpFailed, Outcome, Result
from dispatch.channels.whatsapp.transport import Transport
from dispatch.models.base.record import utc_now
from sandbox import embedded
from sandbox.twilio import overrides
from sandbox.twilio.faults import FaultKind
from tests.bodies import SENDER
from tests.builders import a_phone

MESSAGE = ObjectId()


def send(phone=None, text="words"):
    return client.send(SENDER, phone or a_phone(), text, MESSAGE, 2)


def test_a_message_is_posted_with_its_text_and_callback(twilio):
    phone = a_phone()
    outcome = send(phone, "*Zoë* 👍")
    [sent] = twilio.outbox
    assert outcome == Outcome(Result.ACCEPTED, sid=sent.sid)
    assert (sent.to, sent.from_, sent.body) == (f"whatsapp:{phone}", "whatsapp:+14155238886", "*Zoë* 👍")
    callback = urlsplit(sent.status_callback)
    assert f"{callback.scheme}://{callback.netloc}" == settings().web.public_base_url
    assert callback.path == "/api/webhooks/twilio/status"
    assert dict(parse_qsl(callback.query)) == {"message": str(MESSAGE), "attempt": "2"}
    assert dict(parse_qsl(callback.fragment)) == {"rc": "3", "rp": "ct,rt,5xx", "rt": "5000"}
    assert overrides.read(sent.status_callback) == overrides.Overrides(rt=5000, rc=3, rp=frozenset({"ct", "rt", "5xx"}))


@pytest.mark.parametrize(
    ("phone", "address"),
    [
        pytest.param("+2348031234567", "whatsapp:+2348031234567", id="a number"),
        pytest.param("whatsapp:NG.1A2B", "whatsapp:NG.1A2B", id="an address that is none"),
    ],
)
def test_a_message_is_posted_to_the_persons_address(twilio, phone, address):
    assert send(phone).result == Result.ACCEPTED
    assert twilio.outbox[0].to == address
    assert [found.sid for found in client.look_up(SENDER, phone, utc_now())] == [twilio.outbox[0].sid]


@pytest.mark.parametrize(
    ("fault", "given", "outcome"),
    [
        pytest.param(FaultKind.TOO_MANY, {}, Outcome(Result.REFUSED, code=20429, http_status=429), id="429"),
        pytest.param(FaultKind.REFUSED, {"code": 21211}, Outcome(Result.REFUSED, None, 21211, 400), id="400"),
        pytest.param(FaultKind.SERVER_ERROR, {}, Outcome(Result.UNKNOWN, http_status=500), id="500"),
        pytest.param(FaultKind.CUT, {}, Outcome(Result.UNKNOWN), id="cut"),
        pytest.param(FaultKind.HANG, {}, Outcome(Result.UNKNOWN), id="read time-out"),
    ],
)
def test_each_failure_of_a_post_has_its_outcome(twilio, fault, given, outcome):
    twilio.faults.set("*", fault, **given)
    assert send() == outcome
    assert len(twilio.attempts) == 1  # no library repeats the request


def test_every_sending_thread_has_a_connection_with_time_outs():
    kept = client.twilio().http_client._pool.connection_pool_kw
    assert (kept["maxsize"], kept["retries"].total) == (SEND_THREADS, False)
    assert client.twilio().http_client.seconds == client.TIMEOUT


@pytest.fixture
def answering(monkeypatch) -> Iterator[dict[str, object]]:
    """A server that answers every request with one status and body."""
    answer: dict[str, object] = {"status": 201, "body": "", "requests": 0}

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.do_GET()

        def do_GET(self) -> None:
            answer["requests"] += 1
            answer["headers"] = self.headers
            self.send_response(answer["status"])
            body = str(answer["body"]).encode()
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Location", "/elsewhere")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    monkeypatch.setattr(client.twilio().api, "base_url", f"http://127.0.0.1:{server.server_port}")
    yield answer
    server.shutdown()
    server.server_close()
    thread.join()


UNKNOWN, REFUSED = Result.UNKNOWN, Result.REFUSED


@pytest.mark.parametrize(
    ("status", "body", "outcome"),
    [
        pytest.param(201, "", Outcome(UNKNOWN), id="201 with nothing"),
        pytest.param(201, "<html>", Outcome(UNKNOWN), id="201 with HTML"),
        pytest.param(201, "[]", Outcome(UNKNOWN), id="201 with a list"),
        pytest.param(201, "null", Outcome(UNKNOWN), id="201 with null"),
        pytest.param(201, "{}", Outcome(UNKNOWN), id="201 without a SID"),
        pytest.param(201, '{"sid": "SM1"}', Outcome(Result.ACCEPTED, sid="SM1"), id="201 with little more than a SID"),
        pytest.param(302, "", Outcome(UNKNOWN, http_status=302), id="sent elsewhere"),
        pytest.param(408, "", Outcome(UNKNOWN, http_status=408), id="a gateway's time-out"),
        pytest.param(502, "<html>", Outcome(UNKNOWN, http_status=502), id="a gateway's error"),
        pytest.param(503, '{"code": 20503}', Outcome(UNKNOWN, http_status=503), id="unavailable"),
        pytest.param(429, "<html>", Outcome(REFUSED, http_status=429), id="429 without a code"),
        pytest.param(404, "", Outcome(REFUSED, http_status=404), id="404 without a code"),
        pytest.param(
            400,
            json.dumps({"code": 21610, "message": "no", "status": 400}),
            Outcome(REFUSED, code=21610, http_status=400),
            id="400 with a code",
        ),
        pytest.param(401, "[]", Outcome(REFUSED, http_status=401), id="401 with a list"),
    ],
)
def test_an_undocumented_answer_makes_the_outcome_unknown(answering, status, body, outcome):
    answering.update(status=status, body=body)
    assert send() == outcome
    assert answering["requests"] == 1


@pytest.mark.parametrize("body", ["", "<html>", "[]", "null", "{}", '{"messages": 7}', '{"messages": [7]}'])
def test_an_undocumented_answer_to_a_look_up_raises(answering, body):
    answering.update(status=200, body=body)
    with pytest.raises(LookUpFailed):
        client.look_up(SENDER, a_phone(), utc_now())


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("http://127.0.0.1:{port}", id="nobody listens"),
        pytest.param("http://twilio.invalid", id="no such host"),
    ],
)
def test_a_failed_connection_means_not_sent(monkeypatch, url):
    monkeypatch.setattr(client.twilio().api, "base_url", url.format(port=embedded.free_port()))
    assert send() == Outcome(Result.NOT_SENT)


@pytest.mark.parametrize(("listening", "result"), [(True, Result.ACCEPTED), (False, Result.NOT_SENT)])
def test_the_proxy_of_the_environment_is_used(answering, monkeypatch, listening, result):
    answering.update(status=201, body='{"sid": "SM1"}')
    port = client.twilio().api.base_url.rpartition(":")[2] if listening else embedded.free_port()
    monkeypatch.setenv("http_proxy", f"http://us:secret@127.0.0.1:{port}")
    through = Transport("http://twilio.invalid", client.TIMEOUT, 1)
    monkeypatch.setattr(client.twilio(), "http_client", through)
    monkeypatch.setattr(client.twilio().api, "base_url", "http://twilio.invalid")
    assert send().result == result
    if listening:
        assert answering["headers"]["Proxy-Authorization"] == "Basic dXM6c2VjcmV0"


def test_the_certificates_of_the_environment_are_used(monkeypatch):
    monkeypatch.delenv("CURL_CA_BUNDLE", raising=False)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", __file__)
    for certificates in (__file__, requests.certs.where()):
        kept = Transport("https://api.example.com", client.TIMEOUT, 1)._pool.connection_pool_kw
        assert kept["ca_certs"] == certificates
        monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)


def test_a_look_up_finds_only_messages_of_its_time(twilio):
    phone, other = a_phone(), a_phone()
    for text, minutes in (("before", -3), ("then", 0), ("after", 3)):
        send(phone, text)
        twilio.outbox[-1].accepted_at = utc_now() + timedelta(minutes=minutes)
    send(other, "to somebody else")
    assert [found.text for found in client.look_up(SENDER, phone, utc_now())] == ["then"]
    assert [found.text for found in client.look_up(SENDER, phone, utc_now() - timedelta(minutes=3))] == ["before"]


def test_a_look_up_finds_a_message_followed_by_many_others(twilio):
    """There is more than a page of messages: the wanted message is on the second page."""
    phone, began = a_phone(), utc_now()
    send(phone, "the one")
    for n in range(client.LOOK_UP_PAGE + 10):
        send(phone, f"next {n}")
        twilio.outbox[-1].accepted_at = began + timedelta(minutes=n % 2 * 3)
    assert client.look_up(SENDER, phone, began)[-1].text == "the one"


@pytest.mark.parametrize("seconds", [-25, 25])
def test_a_look_up_tolerates_small_clock_differences(twilio, seconds):
    phone = a_phone()
    send(phone)
    assert len(client.look_up(SENDER, phone, utc_now() + timedelta(seconds=seconds))) == 1


def test_a_look_up_returns_state_and_code(twilio):
    phone = a_phone()
    send(phone)
    twilio.outbox[0].status, twilio.outbox[0].error_code = "undelivered", 63024
    [found] = client.look_up(SENDER, phone, utc_now())
    assert (found.state, found.error_code) == ("undelivered", 63024)


def test_a_refused_look_up_raises(twilio):
    twilio.faults.set("*", FaultKind.LOOKUP_500)
    with pytest.raises(LookUpFailed):
        client.look_up(SENDER, a_phone(), utc_now())


def test_a_message_is_fetched_by_its_sid(twilio):
    send(a_phone(), "then")
    [sent] = twilio.outbox
    sent.status, sent.error_code = "undelivered", 63024
    found = client.fetch(sent.sid)
    assert (found.sid, found.state, found.text, found.error_code) == (sent.sid, "undelivered", "then", 63024)


def test_fetching_an_unknown_sid_returns_none(twilio):
    assert client.fetch("SM" + "0" * 32) is None


def test_fetching_raises_when_twilio_does_not_answer(twilio):
    send(phone := a_phone())
    twilio.faults.set(phone, FaultKind.LOOKUP_500)
    with pytest.raises(LookUpFailed):
        client.fetch(twilio.outbox[0].sid)


@pytest.mark.parametrize("body", ["", "<html>", "[]", "null", "{}", '{"sid": 7}'])
def test_an_undocumented_answer_to_fetching_raises(answering, body):
    answering.update(status=200, body=body)
    with pytest.raises(LookUpFailed):
        client.fetch("SM" + "0" * 32)
