"""The pretend Twilio within a test's own process, and what a test needs to say about a message."""

import base64
import json
import os
import secrets
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from bson import ObjectId

from config.settings import settings
from dispatch import redis_client
from dispatch.actions.outbox import lookups, receipts
from dispatch.actions.outbox import send as outbox_send
from dispatch.channels.whatsapp import client, pacing
from dispatch.models import Message
from dispatch.models.base.record import utc_now
from sandbox.twilio import Pace, PretendTwilio
from sandbox.twilio import ledger as twilios
from sandbox.twilio.faults import EVERY_PHONE, FaultKind
from tests.builders import a_phone
from tests.conftest import Servers
from tests.settings import changed

LONG_AGO = timedelta(minutes=10)
#: Faults that end with our own time-out, and the time-out that a test has patience for.
HANGS = frozenset({FaultKind.HANG, FaultKind.HANG_ACCEPTED})
SHORT_TIMEOUT = (1, 0.4)


@pytest.fixture(scope="module")
def pretend_twilio() -> Iterator[PretendTwilio]:
    """Twilio, where the settings say that it is."""
    with PretendTwilio(
        port=int(os.environ["SANDBOX_PORT"]),
        account_sid=settings().twilio.account_sid,
        auth_token=settings().twilio.auth_token,
        strict=True,
        pace=Pace(3600, 3600, 3600),  # what it has taken stays queued there
    ) as pretend:
        yield pretend


@pytest.fixture
def twilio(pretend_twilio: PretendTwilio, stores_clean: Servers, monkeypatch: pytest.MonkeyPatch) -> PretendTwilio:
    """Return Twilio, empty, over empty stores. It posts no receipts, `report` does, and messages go at any pace.

    Only a test in which Twilio hangs has a short time-out: on a busy machine any answer may take longer.
    """
    set_fault = pretend_twilio.faults.set

    def set_fault_and_timeout(phone: str, kind: FaultKind, **more: Any) -> None:
        if kind in HANGS:
            monkeypatch.setattr(client.twilio().http_client, "seconds", SHORT_TIMEOUT)
        set_fault(phone, kind, **more)

    pretend_twilio.clear()
    monkeypatch.setattr(pretend_twilio.faults, "set", set_fault_and_timeout)
    pretend_twilio.faults.set(EVERY_PHONE, FaultKind.NO_RECEIPTS)
    set_pace(monkeypatch, 1000)
    return pretend_twilio


def set_pace(monkeypatch: pytest.MonkeyPatch, rate: int) -> None:
    """Let so many messages a second go."""
    monkeypatch.setattr(pacing, "settings", lambda: changed(outbox={"send_rate_per_second": rate}))


def a_message(kind: str = "help_agent", written_ago: timedelta = timedelta(), **changes: Any) -> Message:
    """Save a message that waits to be sent; a kind without a job always holds."""
    draft = {"key": secrets.token_hex(8), "kind": kind, "lane": "replies", "phone": a_phone(), "text": "words"}
    [message_id] = Message.write([draft | changes], utc_now() - written_ago)
    return Message.get(message_id)


def now_of(message: Message) -> Message:
    """Return the message as it stands now."""
    return Message.objects.get(pk=message.id)


def states(message: Message) -> tuple[str, list[str]]:
    """Return a message's state and those of its attempts."""
    message = now_of(message)
    return message.status, [attempt["state"] for attempt in message.attempts]


def ripen(message: Message) -> ObjectId:
    """Let whatever a message waits for have passed; return its id."""
    past = utc_now() - LONG_AGO
    Message.collection().update_one({"_id": message.id}, {"$set": {"not_before": past, "next_attempt_at": past}})
    return message.id


def report(sent: twilios.Message, status: str, code: int | None = None) -> None:
    """Let Twilio report on a message that it took: its callback's query comes back as we gave it."""
    query = dict(parse_qsl(urlsplit(sent.status_callback).query))
    form = {"MessageSid": sent.sid, "MessageStatus": status}
    receipts.receive(query, form | ({"ErrorCode": str(code)} if code else {}))


def hinted(queue: str) -> list[Any]:
    """Return the first argument of each task in a queue, the oldest first."""
    found = []
    for raw in reversed(redis_client.client().lrange(queue, 0, -1)):
        arguments, _, _ = json.loads(base64.b64decode(json.loads(raw)["body"]))
        found.append(arguments[0])
    return found


def send(*messages: Message, lane: str = "replies") -> None:
    """Send as a worker does."""
    outbox_send.send([message.id for message in messages], lane)


def an_unknown(twilio: PretendTwilio, fault: FaultKind, **changes: Any) -> Message:
    """A message that was sent once, with this fault, and of which nobody knows whether it was taken."""
    message = a_message(**changes)
    twilio.faults.set(message.phone, fault, count=1)
    send(message, lane=message.lane)
    assert states(message) == ("unknown", ["unknown"])
    return message


def look_up(message: Message) -> None:
    """Look a message up as a worker does, once that is due."""
    lookups.look_up(ripen(message), utc_now())
