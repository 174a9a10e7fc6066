"""The web app as it really runs: gunicorn on its own stores, which get stuck."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import pytest
import redis
import requests

from dispatch import shelf
from sandbox import embedded, processes
from tests.builders import a_job_body, a_receipt_form, an_agent_body, an_inbound_form, signed
from tests.conftest import ENVIRONMENT, HOME, KEY, Servers
from tests.tables import each_row

INBOUND, RECEIPTS = "/api/webhooks/twilio/whatsapp", "/api/webhooks/twilio/status"
HEAD = f"POST {INBOUND} HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n".encode()
CHUNK = b"Transfer-Encoding: chunked\r\n\r\n5\r\nBo"
LAST = b"GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
#: Time limits for answers to Twilio and to load balancers, in seconds.
PROMISED_TO_TWILIO, PROMISED_OF_HEALTH = 5.0, 3.5


@dataclass
class Web:
    """A running gunicorn, its stores, and its log."""

    url: str
    stores: Servers
    log: Path

    def call(self, method: str, path: str, **request) -> requests.Response:
        """Request a path."""
        return requests.request(method, self.url + path, timeout=20, **request)

    def webhook(self, path: str, form: dict[str, str]) -> requests.Response:
        """Post a signed form."""
        return self.call("POST", path, data=form, headers=signed(path, form))

    def lines(self) -> list[dict]:
        """Return our lines of the log."""
        return [json.loads(line) for line in self.log.read_text().splitlines() if line.startswith("{")]

    @contextmanager
    def stuck(self, *names: str) -> Iterator[None]:
        """Stop stores in the middle of their work; they still accept connections."""
        chosen = [getattr(self.stores, name).process for name in names]
        for process in chosen:
            process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            for process in chosen:
                process.send_signal(signal.SIGCONT)
            until(lambda: self.call("GET", "/health").status_code == 200)


def until(holds, seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not come to be"
        time.sleep(0.05)


def seconds(answer: requests.Response) -> float:
    return answer.elapsed.total_seconds()


def send(web: Web, *pieces: bytes) -> socket.socket:
    """Open a connection and send these bytes."""
    port = int(web.url.rpartition(":")[2])
    connection = socket.create_connection(("127.0.0.1", port), timeout=20)
    for piece in pieces:
        connection.sendall(piece)
    return connection


def received(connection: socket.socket) -> bytes:
    """Return all that the server sends until it closes its side."""
    with connection:
        return b"".join(iter(lambda: connection.recv(65536), b""))


def is_up(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture(scope="module")
def web() -> Iterator[Web]:
    home = HOME / "web"
    mongodb = embedded.mongodb(home / "mongodb", embedded.free_port())
    redis_ = embedded.redis(home / "redis", embedded.free_port())
    port, log = embedded.free_port(), home / "web.log"
    changed = {"MONGODB_URI": mongodb.uri, "REDIS_URL": redis_.uri, "PORT": str(port), "LOG_LEVEL": "INFO"}
    with mongodb, redis_, log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "-c", "gunicorn_conf.py", "wsgi:app"],
            env={**os.environ, **ENVIRONMENT, **changed},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            until(lambda: is_up(port))
            yield Web(f"http://127.0.0.1:{port}", Servers(mongodb, redis_), log)
        finally:
            processes.stop(process, 10)


@pytest.fixture(scope="module")
def slow_clients(web) -> Iterator[list[socket.socket]]:
    """Twenty clients of each kind, for sixteen threads: silent, with half a head, with half a body, never closing."""
    web.webhook(INBOUND, an_inbound_form())  # the first one creates indexes
    opened = [
        send(web, sent)
        for _ in range(20)
        for sent in (b"", b"GET /health HTTP/1.1\r\n", HEAD + b"Content-Length: 5000\r\n\r\nBody=", HEAD + CHUNK, LAST)
    ]
    yield opened
    for connection in opened:
        connection.close()


def test_slow_clients_delay_nobody(web, slow_clients):
    answers = [web.call("GET", "/health") for _ in range(5)]
    answers += [web.webhook(INBOUND, an_inbound_form(Body="x" * 20_000)) for _ in range(5)]
    assert [answer.status_code for answer in answers] == [200] * 5 + [204] * 5
    assert max(seconds(answer) for answer in answers) < PROMISED_TO_TWILIO


def test_body_that_arrives_in_pieces_after_an_invitation_is_read(web):
    """Some clients send a body after "100 Continue" only."""
    form = an_inbound_form()
    body = urlencode(form).encode()
    headers = "".join(f"{name}: {value}\r\n" for name, value in signed(INBOUND, form).items()).encode()
    head = HEAD + headers + b"Expect: 100-continue\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(body)
    connection = send(web, head[:50], head[50:])
    assert connection.recv(1000).startswith(b"HTTP/1.1 100 Continue\r\n")
    connection.sendall(body[:70])
    connection.sendall(body[70:])
    assert b"HTTP/1.1 204" in received(connection)


def test_requests_sent_in_one_piece_are_each_answered(web):
    one = b"GET /health HTTP/1.1\r\nHost: x\r\n"
    answer = received(send(web, one + b"\r\n" + one + b"\r\n" + one + b"Connection: close\r\n\r\n"))
    assert answer.count(b"HTTP/1.1 200 OK") == 3


@each_row(
    ("status", "sent"),
    [
        pytest.param(414, b"GET /" + b"Zenobia" * 1500, id="a long path"),
        pytest.param(431, b"GET / HTTP/1.1\r\n" + b"X: Zenobia\r\n" * 65 + b"\r\n", id="many headers"),
        pytest.param(431, b"GET / HTTP/1.1\r\nX: " + b"Zenobia" * 8000, id="a header without an end"),
        pytest.param(400, b"GET  Zenobia\r\n\r\n", id="no request line"),
        pytest.param(400, b"GET / HTTP/1.1\r\nZen obia: 1\r\n\r\n", id="no header's name"),
        pytest.param(417, b"GET / HTTP/1.1\r\nHost: x\r\nExpect: Zenobia\r\n\r\n", id="an unknown expectation"),
    ],
)
def test_malformed_request_gets_the_one_shape_and_is_not_logged(web, status, sent):
    head, _, body = received(send(web, sent)).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 %d " % status)
    assert b"content-type: application/json" in head.lower()
    answer = json.loads(body)
    assert (list(answer), answer["code"]) == (["code", "status", "message", "errors"], status)
    assert "Zenobia" not in answer["message"]
    until(lambda: web.lines()[-1].get("event") == "malformed request refused")
    assert web.lines()[-1]["status"] == status


@each_row(
    "chunk",
    [b"Zenobia\r\n", b"3\r\nabcdefgh\r\n0\r\n\r\n", b"0\r\nZen obia\r\n\r\n", b"3;\x00Zenobia\r\nabc\r\n0\r\n\r\n"],
)
def test_malformed_chunk_is_answered_400_and_not_logged(web, chunk):
    key = "".join(f"{name}: {value}\r\n" for name, value in KEY.items()).encode()
    head = b"POST /api/jobs/ HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n" + key
    answer = received(send(web, head + b"Transfer-Encoding: chunked\r\n\r\n" + chunk))
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert list(json.loads(answer.partition(b"\r\n\r\n")[2])) == ["code", "status", "message", "errors"]
    assert "Zenobia" not in web.log.read_text()


def test_root_that_a_client_names_is_ignored(web):
    assert web.call("GET", "/api/jobs/", headers={**KEY, "SCRIPT_NAME": "/api"}).status_code == 200


def test_a_chunked_body_is_limited_too(web):
    chunks = (b" " * 65536 for _ in range(8))
    answer = web.call("POST", "/api/jobs/", data=chunks, headers={**KEY, "Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["status"]) == (413, "Request Entity Too Large")
    small = (part for part in (b'{"property":', b" 1}"))
    answer = web.call("POST", "/api/jobs/", data=small, headers={**KEY, "Content-Type": "application/json"})
    assert answer.status_code == 422
    assert "property" in answer.json()["errors"]


def test_a_request_is_logged_with_its_route_and_no_personal_data(web):
    phone = "+2348039999999"
    web.call("POST", "/api/agents/", json=an_agent_body(phone=phone, name="Zenobia"), headers=KEY)
    web.call("GET", "/api/agents/Zenobia", headers={**KEY, "X-Request-ID": "the-one-looked-for"})
    web.call("GET", f"/api/jobs/?agent_phone={phone}", headers=KEY)
    web.call("GET", f"/{phone}")
    form = an_inbound_form(phone=phone, Body="Zenobia")
    web.webhook(INBOUND, form)
    until(lambda: any(line.get("route") == INBOUND for line in web.lines()))
    told = [line for line in web.lines() if line.get("request") == "the-one-looked-for"]
    [line] = [line for line in told if line["event"] == "request"]
    assert (line["route"], line["method"], line["status"]) == ("/api/agents/<key>", "GET", 404)
    assert line["ms"] > 0
    assert any(line["event"] == "request" and line["route"] is None for line in web.lines())
    log = web.log.read_text()
    assert phone.lstrip("+") not in log
    assert "Zenobia" not in log


@pytest.mark.parametrize(
    ("stores", "webhook", "health"),
    [
        pytest.param(["mongodb"], 204, {"mongodb": "unavailable", "redis": "ok"}, id="MongoDB"),
        pytest.param(["redis"], 204, {"mongodb": "ok", "redis": "unavailable"}, id="Redis"),
        pytest.param(["mongodb", "redis"], 503, {"mongodb": "unavailable", "redis": "unavailable"}, id="both"),
    ],
)
def test_every_webhook_is_answered_in_time_while_stores_are_stuck(web, stores, webhook, health):
    receipt = a_receipt_form("SM" + "1" * 32, "sent")
    with web.stuck(*stores), ThreadPoolExecutor() as at_once:
        inbound = [at_once.submit(web.webhook, INBOUND, an_inbound_form()) for _ in range(4)]
        receipts = [at_once.submit(web.webhook, RECEIPTS, receipt) for _ in range(2)]
        well = at_once.submit(web.call, "GET", "/health").result()
        answers = [waiting.result() for waiting in inbound + receipts]
        answers.append(web.webhook(INBOUND, an_inbound_form()))  # a repetition
    assert [answer.status_code for answer in answers] == [webhook] * 7
    assert max(seconds(answer) for answer in answers) < PROMISED_TO_TWILIO
    assert (well.status_code, well.json()) == (503, {"status": "unavailable", **health})
    assert seconds(well) < PROMISED_OF_HEALTH


def test_the_api_answers_503_while_mongodb_is_stuck(web):
    with web.stuck("mongodb"):
        calls = [("GET", {}), ("POST", {"json": a_job_body()})]
        for answer in [web.call(method, "/api/jobs/", headers=KEY, **body) for method, body in calls]:
            assert answer.status_code == 503
            assert answer.headers["Retry-After"] == "5"
            assert list(answer.json()) == ["code", "status", "message", "errors"]
            assert "127.0.0.1" not in answer.text


def test_a_job_is_created_while_redis_is_stuck(web):
    with web.stuck("redis"):
        answer = web.call("POST", "/api/jobs/", json=a_job_body(), headers=KEY)
    assert answer.status_code == 201
    assert seconds(answer) < PROMISED_TO_TWILIO


def test_a_message_received_while_mongodb_was_stuck_is_buffered(web):
    form = an_inbound_form()
    connection = redis.Redis.from_url(web.stores.redis.uri, decode_responses=True)
    with web.stuck("mongodb"):
        assert web.webhook(INBOUND, form).status_code == 204
    kept = [json.loads(raw) for raw in connection.lrange(shelf.RESCUED, 0, -1)]
    connection.close()
    assert [entry["form"] for entry in kept if entry["form"]["MessageSid"] == form["MessageSid"]] == [form]


def test_slow_client_is_cut_off_after_ten_seconds(web, slow_clients):
    """One of them sends a byte from time to time."""
    trickling = send(web, b"GET /health HTTP/1.1\r\n")
    began = time.monotonic()

    def is_cut_off() -> bool:
        try:
            trickling.sendall(b"X")
            return trickling.recv(1, socket.MSG_DONTWAIT | socket.MSG_PEEK) == b""
        except BlockingIOError:
            return False
        except OSError:
            return True

    until(is_cut_off)
    assert 8 < time.monotonic() - began < 13
    for connection in slow_clients:
        received(connection)  # ends, because the server has closed its side
