"""The event stream: first all messages, then each change. A browser that reconnects gets only the rest."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import takewhile
from typing import Any

import pytest
import requests

from sandbox.phones.desk import Desk
from sandbox.phones.routes import pages
from sandbox.twilio import Pace, PretendTwilio
from sandbox.twilio.facts import API_VERSION
from tests.sandbox.twilio.conftest import ACCOUNT_SID, ADA, BEN, NUMBER, SENDER, TOKEN, client_of, create

UNREACHABLE_DESK = Desk("http://127.0.0.1:9", "key", "redis://127.0.0.1:9")
AT_ONCE = Pace(0.0, 0.0, 0.0)


@pytest.fixture
def twilio() -> Iterator[PretendTwilio]:
    with PretendTwilio(
        account_sid=ACCOUNT_SID, auth_token=TOKEN, number=NUMBER, pace=AT_ONCE, pages=[pages(UNREACHABLE_DESK)]
    ) as pretend:
        yield pretend


class Event:
    """One event of the stream."""

    def __init__(self, lines: list[str]) -> None:
        fields = dict(line.split(": ", 1) for line in lines)
        self.name, self.id, self.data = fields["event"], fields.get("id"), json.loads(fields["data"])


@contextmanager
def listening(twilio: PretendTwilio, last: str | None = None) -> Iterator[Iterator[Event]]:
    headers = {"Last-Event-ID": last} if last else {}
    with requests.get(f"{twilio.base_url}/sandbox/events", headers=headers, stream=True, timeout=5) as answer:
        assert answer.headers["Content-Type"].startswith("text/event-stream")
        lines = answer.iter_lines(chunk_size=1, decode_unicode=True)

        def events() -> Iterator[Event]:
            while True:
                if block := list(takewhile(bool, lines)):
                    yield Event(block)

        yield events()


def until(events: Iterator[Event], name: str, **fits: Any) -> Event:
    """Return the first event of this name that contains a message with these values."""
    return next(
        event
        for event in events
        if event.name == name and (not fits or any(fits.items() <= message.items() for message in event.data))
    )


def send(twilio: PretendTwilio, phone: str, text: str) -> str:
    return str(client_of(twilio).messages.create(to=f"whatsapp:{phone}", from_=SENDER, body=text).sid)


def test_new_stream_sends_all_messages_first_then_each_change(twilio: PretendTwilio) -> None:
    old = send(twilio, ADA, "before")
    twilio.wait_for(lambda message: message.status == "read")
    with listening(twilio) as events:
        assert next(events).name == "cleared"
        first = next(events)
        assert [(m["sid"], m["phone"], m["text"], m["status"]) for m in first.data] == [(old, ADA, "before", "read")]
        assert next(events).name == "faults"
        new = send(twilio, BEN, "after")
        assert until(events, "messages", sid=new, status="read").data[0]["phone"] == BEN


def test_browser_that_reconnects_gets_only_missed_messages(twilio: PretendTwilio) -> None:
    send(twilio, ADA, "one")
    with listening(twilio) as events:
        seen = until(events, "messages", status="read").id
    missed = send(twilio, ADA, "two")
    with listening(twilio, seen) as events:
        assert {message["sid"] for message in until(events, "messages", status="read").data} == {missed}


def test_stream_starts_again_after_messages_are_cleared(twilio: PretendTwilio) -> None:
    send(twilio, ADA, "one")
    with listening(twilio) as events:
        seen = until(events, "messages", status="read").id
        twilio.clear()
        assert until(events, "cleared").data is None
    with listening(twilio, seen) as events:
        assert next(events).name == "cleared"


def test_stream_sends_changed_faults_and_captions(twilio: PretendTwilio) -> None:
    with listening(twilio) as events:
        twilio.faults.set(ADA, "off")
        assert until(events, "faults", kind="off").data[0]["phone"] == ADA
        where = f"{twilio.base_url}/sandbox/caption"
        for given in ({"text": "Half past nine"}, {"text": "Ada answers", "phone": ADA, "job": "65f0"}):
            assert requests.put(where, json=given, timeout=5).status_code == 204
            assert until(events, "caption").data == {"phone": None, "job": None, **given}
        assert requests.put(where, json={"text": "", "phone": "Ada"}, timeout=5).json()["errors"].keys() == {"phone"}


def test_caption_shows_whether_somebody_has_opened_the_page(twilio: PretendTwilio) -> None:
    def watched() -> bool:
        return bool(requests.get(f"{twilio.base_url}/sandbox/caption", timeout=5).json()["watched"])

    assert not watched()
    with listening(twilio) as events:
        next(events)
        assert watched()


def test_stream_sends_changed_templates_and_windows(twilio: PretendTwilio) -> None:
    twilio.inbound_url = "http://127.0.0.1:9/"
    with listening(twilio) as events:
        assert until(events, "contents").data == []
        assert until(events, "window").data == {"enforced": False, "clock_ahead_seconds": 0, "until": {}}
        sid = create(client_of(twilio)).sid
        assert until(events, "contents", sid=sid).data[0]["status"] == "unsubmitted"
        send(twilio, BEN, "hello")
        twilio.say(ADA, "hello")
        twilio.window = True
        window = until(events, "window").data
        assert (window["enforced"], window["until"]) == (
            True,
            {BEN: None, ADA: twilio.window_open_until(ADA).isoformat()},
        )


def test_page_loads_only_its_own_files(twilio: PretendTwilio) -> None:
    page = requests.get(twilio.base_url, timeout=5)
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert "https://" not in page.text
    for name in ("main.js", "base.css", "icon.svg"):
        assert requests.get(f"{twilio.base_url}/page/{name}", timeout=5).status_code == 200
    assert requests.get(f"{twilio.base_url}/page/../routes.py", timeout=5).status_code == 404


def test_requests_from_other_hosts_and_sites_are_refused(twilio: PretendTwilio) -> None:
    twilios = (f"/{API_VERSION}/Accounts/AC0/Messages.json", "/v1/Content")
    for path in ("/", "/sandbox/events", "/desk/facts", "/desk/api/jobs/", *twilios):
        rebound = requests.get(twilio.base_url + path, headers={"Host": "evil.example.com"}, timeout=5)
        assert rebound.status_code == 403
    across = {"Origin": "http://evil.example.com"}
    assert requests.post(f"{twilio.base_url}/desk/api/jobs/", json={}, headers=across, timeout=5).status_code == 403


def test_facts_of_the_desk_do_not_contain_its_key(twilio: PretendTwilio) -> None:
    answer = requests.get(f"{twilio.base_url}/desk/facts", timeout=5)
    assert set(answer.json()) == {"api", "flower", "timezone"}


def test_unreachable_desk_answers_502_and_no_queue_lengths(twilio: PretendTwilio) -> None:
    answer = requests.get(f"{twilio.base_url}/desk/api/jobs/", timeout=5)
    assert (answer.status_code, set(answer.json())) == (502, {"code", "status", "message", "errors"})
    assert requests.get(f"{twilio.base_url}/desk/queues", timeout=5).json() is None
