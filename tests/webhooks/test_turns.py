"""Turns at MongoDB: a limited number of webhooks of a kind may use MongoDB; further forms are buffered."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import pytest
import redis
from flask import request

import gunicorn_conf
from dispatch import redis_client, shelf
from dispatch.actions.inbox import rescue
from dispatch.app import create_app
from dispatch.models import Message
from dispatch.webhooks.forms import TURNS
from tests.builders import an_inbound_form, signed
from tests.waiting import until

INBOUND, RECEIPT = "/api/webhooks/twilio/whatsapp", "/api/webhooks/twilio/status"


@dataclass
class Slow:
    """The web app on a MongoDB that delays every call for `path` until `over` is set."""

    crowd: ThreadPoolExecutor
    path: str = ""
    waiting: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    over: threading.Event = field(default_factory=threading.Event)
    said: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Create the web app."""
        self.app = create_app()
        self.app.config["PREPARE_STORES"] = self._prepare

    def _prepare(self) -> None:
        if request.path == self.path and not self.over.is_set():
            self.waiting.release()
            self.over.wait(20)

    def hears(self, path: str = INBOUND) -> int:
        """Post a form as Twilio. Return the status of the answer."""
        form = an_inbound_form(**({"MessageStatus": "read"} if path == RECEIPT else {}))
        self.said.append(form["MessageSid"])
        return self.app.test_client().post(path, data=form, headers=signed(path, form)).status_code

    def fills(self, path: str, count: int) -> Callable[[], list[int]]:
        """Start webhooks that wait for MongoDB. Return a function that returns their answers once MongoDB goes on."""
        self.path = path
        waiting = [self.crowd.submit(self.hears, path) for _ in range(count)]
        for _ in waiting:
            assert self.waiting.acquire(timeout=5)
        return lambda: [each.result(10) for each in waiting]


@pytest.fixture
def slow(stores_clean: None) -> Iterator[Slow]:
    """The web app on a slow MongoDB."""
    with ThreadPoolExecutor(8) as crowd:
        slow = Slow(crowd)
        yield slow
        slow.over.set()


def test_a_thread_is_always_free_to_buffer_a_form():
    assert sum(TURNS.values()) < gunicorn_conf.threads


def test_a_form_without_a_turn_is_buffered_without_asking_mongodb(slow):
    answers = slow.fills(INBOUND, TURNS["inbound"])
    assert [slow.hears(), slow.hears()] == [204, 204]
    assert (shelf.counts()["waiting"], Message.objects.count()) == (2, 0)
    slow.over.set()
    assert answers() == [204] * TURNS["inbound"]
    assert Message.objects.count() == TURNS["inbound"]
    until(lambda: slow.hears() == 204 and Message.objects.count() > TURNS["inbound"], 5, "a web that asks MongoDB")


def test_a_form_saved_late_keeps_its_place_before_buffered_forms(slow):
    """MongoDB stamps a message when it saves it. A buffered form counts from its webhook."""
    answers = slow.fills(INBOUND, TURNS["inbound"])
    assert slow.hears() == 204
    slow.over.set()
    answers()
    assert rescue.save_messages() == TURNS["inbound"] + 1
    order = [message.twilio_sid for message in Message.objects.order_by("received_at", "id")]
    assert (len(order), order[-1]) == (TURNS["inbound"] + 1, slow.said[-1])


def test_a_form_with_a_turn_is_saved_in_mongodb(slow):
    """The webhooks before it may take any time."""
    answers = slow.fills(INBOUND, TURNS["inbound"] - 1)
    slow.path = ""
    assert slow.hears() == 204
    assert (shelf.counts()["waiting"], Message.objects.count()) == (0, 1)
    slow.over.set()
    assert answers() == [204] * (TURNS["inbound"] - 1)


def test_a_crowd_of_receipts_does_not_delay_inbound_messages(slow):
    slow.fills(RECEIPT, TURNS["receipt"])
    assert slow.hears(RECEIPT) == 204
    assert slow.hears() == 204
    assert shelf.counts() == {"waiting": 0, "receipts": 1, "set_aside": 0}
    assert Message.objects.count() == 1


def test_a_form_without_a_turn_and_without_redis_is_saved_in_mongodb(slow, monkeypatch):
    """No webhook is refused while one store works."""
    slow.fills(INBOUND, TURNS["inbound"])
    slow.path = ""
    monkeypatch.setattr(redis_client, "client", lambda: redis.Redis(port=1))
    assert slow.hears() == 204
    assert Message.objects.count() == 1
