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

import pytest
import redis
import requests

from dispatch import shelf
from sandbox import embedded, processes
from tests.builders import a_job_body, a_receipt_form, an_agent_body, an_inbound_form, signed
from tests.conftest import ENVIRONMENT, HOME, KEY, Servers

INBOUND, RECEIPTS = "/api/webhooks/twilio/whatsapp", "/api/webhooks/twilio/status"
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
