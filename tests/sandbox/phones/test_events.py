"""The stream of events: all that was said, then each change; it goes on where a browser left it."""

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
from tests.sandbox.twilio.conftest import ACCOUNT_SID, ADA, BEN, NUMBER, SENDER, TOKEN, client_of, create

NOWHERE = Desk("http://127.0.0.1:9", "key", "redis://127.0.0.1:9")
AT_ONCE = Pace(0.0, 0.0, 0.0)


@pytest.fixture
def twilio() -> Iterator[PretendTwilio]:
    with PretendTwilio(
        account_sid=ACCOUNT_SID, auth_token=TOKEN, number=NUMBER, pace=AT_ONCE, pages=[pages(NOWHERE)]
    ) as pretend:
        yield pretend


class Event:
    """One event as a browser gets it."""

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
    """Return the first event of this name in which some message has these facts."""
    return next(
        event
        for event in events
        if event.name == name and (not fits or any(fits.items() <= message.items() for message in event.data))
    )


def send(twilio: PretendTwilio, phone: str, text: str) -> str:
    return str(client_of(twilio).messages.create(to=f"whatsapp:{phone}", from_=SENDER, body=text).sid)


def test_all_that_was_said_comes_first_then_each_change(twilio: PretendTwilio) -> None:
    old = send(twilio, ADA, "before")
    twilio.wait_for(lambda message: message.status == "read")
    with listening(twilio) as events:
        assert next(events).name == "cleared"
        first = next(events)
        assert [(m["sid"], m["phone"], m["text"], m["status"]) for m in first.data] == [(old, ADA, "before", "read")]
        assert next(events).name == "faults"
        new = send(twilio, BEN, "after")
        assert until(events, "messages", sid=new, status="read").data[0]["phone"] == BEN


def test_a_browser_that_comes_back_gets_what_it_missed(twilio: PretendTwilio) -> None:
    send(twilio, ADA, "one")
    with listening(twilio) as events:
        seen = until(events, "messages", status="read").id
    missed = send(twilio, ADA, "two")
    with listening(twilio, seen) as events:
        assert {message["sid"] for message in until(events, "messages", status="read").data} == {missed}


def test_after_all_was_forgotten_it_begins_anew(twilio: PretendTwilio) -> None:
    send(twilio, ADA, "one")
    with listening(twilio) as events:
        seen = until(events, "messages", status="read").id
        twilio.clear()
        assert until(events, "cleared").data is None
    with listening(twilio, seen) as events:
        assert next(events).name == "cleared"


def test_faults_and_captions_come_too(twilio: PretendTwilio) -> None:
    with listening(twilio) as events:
        twilio.faults.set(ADA, "off")
        assert until(events, "faults", kind="off").data[0]["phone"] == ADA
        answer = requests.put(f"{twilio.base_url}/sandbox/caption", json={"text": "Half past nine"}, timeout=5)
        assert answer.status_code == 204
        assert until(events, "caption").data == "Half past nine"


def test_templates_and_windows_come_too(twilio: PretendTwilio) -> None:
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


def test_the_page_loads_nothing_from_elsewhere(twilio: PretendTwilio) -> None:
    page = requests.get(twilio.base_url, timeout=5)
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert "https://" not in page.text
    for name in ("main.js", "base.css", "icon.svg"):
        assert requests.get(f"{twilio.base_url}/page/{name}", timeout=5).status_code == 200
    assert requests.get(f"{twilio.base_url}/page/../routes.py", timeout=5).status_code == 404


def test_no_other_site_gets_at_the_desk_through_it(twilio: PretendTwilio) -> None:
    for path in ("/", "/sandbox/events", "/desk/facts", "/desk/api/jobs/"):
        rebound = requests.get(twilio.base_url + path, headers={"Host": "evil.example.com"}, timeout=5)
        assert rebound.status_code == 403
    across = {"Origin": "http://evil.example.com"}
    assert requests.post(f"{twilio.base_url}/desk/api/jobs/", json={}, headers=across, timeout=5).status_code == 403


def test_a_desk_that_does_not_answer_is_said_so(twilio: PretendTwilio) -> None:
    answer = requests.get(f"{twilio.base_url}/desk/api/jobs/", timeout=5)
    assert (answer.status_code, set(answer.json())) == (502, {"code", "status", "message", "errors"})
    assert requests.get(f"{twilio.base_url}/desk/queues", timeout=5).json() is None
