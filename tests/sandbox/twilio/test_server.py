"""The server under load, and the waiting functions for tests."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
from twilio.rest import Client

from sandbox.twilio import PretendTwilio
from tests.sandbox.twilio.conftest import ACCOUNT_SID, ADA, BEN, NUMBER, SENDER, TOKEN, client_of


def test_sixty_sends_at_once_with_latency_all_arrive(twilio: PretendTwilio) -> None:
    twilio.faults.set("*", "latency", seconds=0.1)
    clients = [client_of(twilio) for _ in range(60)]

    def send(number: int) -> str:
        phone = f"whatsapp:+23480300{number:05}"
        return str(clients[number % 60].messages.create(to=phone, from_=SENDER, body=str(number)).sid)

    started = time.monotonic()
    with ThreadPoolExecutor(60) as pool:
        sids = list(pool.map(send, range(300)))
    took = time.monotonic() - started
    assert len(set(sids)) == 300
    assert {message.sid for message in twilio.outbox} == set(sids)
    assert took < 300 * 0.1 / 5, "served one after the other it would take 30 s"


def test_connections_are_kept_alive(twilio: PretendTwilio) -> None:
    with requests.Session() as session:
        ports = set()
        for _ in range(3):
            answer = session.get(f"{twilio.base_url}/sandbox/phones", stream=True, timeout=5)
            ports.add(answer.raw.connection.sock.getsockname()[1])
            assert answer.json() == []
    assert len(ports) == 1


def test_oversized_and_chunked_requests_are_refused(twilio: PretendTwilio) -> None:
    url = f"{twilio.base_url}/sandbox/say"
    assert requests.post(url, data=iter([b"x"]), timeout=5).status_code == 411
    try:
        assert requests.post(url, data=b"x" * 2_000_000, timeout=5).status_code == 413
    except requests.exceptions.ConnectionError:
        assert requests.get(f"{twilio.base_url}/sandbox/phones", timeout=5).status_code == 200


def test_stop_ends_all_threads_and_connections() -> None:
    before = set(threading.enumerate())
    with PretendTwilio(account_sid=ACCOUNT_SID, auth_token=TOKEN, number=NUMBER) as twilio:
        client = client_of(twilio)
        client.messages.create(to=f"whatsapp:{ADA}", from_=SENDER, body="hello")
        port = int(twilio.base_url.rpartition(":")[2])
    with pytest.raises(requests.exceptions.ConnectionError):
        client.messages.list(limit=1)
    deadline = time.monotonic() + 2
    while set(threading.enumerate()) - before:
        assert time.monotonic() < deadline, threading.enumerate()
    with PretendTwilio(account_sid=ACCOUNT_SID, auth_token=TOKEN, number=NUMBER, port=port):
        assert client.messages.list(limit=1) == []


def test_busy_port_raises_os_error(twilio: PretendTwilio) -> None:
    port = int(twilio.base_url.rpartition(":")[2])
    with pytest.raises(OSError, match="in use"):
        PretendTwilio(account_sid=ACCOUNT_SID, auth_token=TOKEN, number=NUMBER, port=port)


def test_wait_for_finds_messages_by_number_text_or_predicate(twilio: PretendTwilio, client: Client) -> None:
    later = threading.Timer(
        0.1, client.messages.create, kwargs={"to": f"whatsapp:{ADA}", "from_": SENDER, "body": "job K7F3 is taken"}
    )
    later.start()
    assert twilio.wait_for(ADA).body == "job K7F3 is taken"
    assert twilio.wait_for("K7F3").phone == ADA
    assert twilio.wait_for(ADA, text="taken").phone == ADA
    assert twilio.wait_for(lambda message: message.status != "queued").phone == ADA
    assert twilio.sent_to(ADA) == twilio.outbox
    assert twilio.sent_to(BEN) == []
    later.join()


def test_wait_for_that_times_out_lists_the_accepted_messages(twilio: PretendTwilio, client: Client) -> None:
    client.messages.create(to=f"whatsapp:{ADA}", from_=SENDER, body="hello")
    with pytest.raises(AssertionError, match=r"1 of 2 messages[^$]*hello"):
        twilio.wait_for_many(ADA, 2, 0.05)
    with pytest.raises(AssertionError, match="0 of 1 messages"):
        twilio.wait_for(ADA, 0.05, text="taken")
