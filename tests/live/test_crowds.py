"""Many webhooks at once while MongoDB is frozen or slow: all are answered in time and none is lost."""

import random
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial

import psutil
import pytest

from dispatch.models import Message
from sandbox import embedded
from sandbox.twilio import FaultKind, webhooks
from tests.builders import a_job_body, a_phone, an_agent_body
from tests.live.desk import ACCOUNT_SID, AUTH_TOKEN, LiveDesk
from tests.live.fixtures import database_of, wipe
from tests.waiting import until


@pytest.mark.parametrize(
    ("breath", "receipts"),
    [
        pytest.param(20.0, 50, id="frozen"),
        pytest.param(1.5, 0, id="slow"),
        pytest.param(1.5, 50, id="slow, with receipts"),
    ],
)
def test_many_webhooks_are_answered_in_time_and_kept_while_mongodb_is_frozen_or_slow(
    stores_of_its_own: tuple[LiveDesk, embedded.Server, embedded.Server], breath: float, receipts: int
) -> None:
    """There are more webhooks than web threads: none waits for a thread that waits for MongoDB."""
    desk, mongodb, _ = stores_of_its_own
    desk.say_at_once([a_phone() for _ in range(100)], "hello")  # connects each thread to MongoDB
    until(lambda: _saves_at_once(desk), 10, "a web that asks MongoDB")
    wipe(desk)
    job_id, posts = _receipts_to_come(desk, receipts)
    phones = [a_phone() for _ in range(100 - receipts)]
    posts += [partial(_says_hello, desk, phone) for phone in phones]
    random.Random(1).shuffle(posts)
    with _gasping(mongodb.process, breath), ThreadPoolExecutor(100) as crowd:
        began = time.monotonic()
        results = list(crowd.map(lambda post: post(), posts))
        took = time.monotonic() - began
    assert results == [204] * 100
    assert took < 5
    with database_of(desk):
        until(lambda: Message.objects(phone__in=phones, direction="inbound").count() == len(phones), 20)
        until(lambda: Message.objects(job=job_id, kind="offer", status="delivered").count() == receipts, 20)


def _says_hello(desk: LiveDesk, phone: str) -> int | None:
    return desk.twilio.say(phone, "hello").status


def _receipts_to_come(desk: LiveDesk, count: int) -> tuple[str, list[Callable[[], int | None]]]:
    """Offer a job to `count` agents. Return its code or id and functions that post the receipts of the offers."""
    for _ in range(count):
        desk.post("/api/agents/", an_agent_body())
    desk.twilio.faults.set("*", FaultKind.NO_RECEIPTS)
    job = desk.post("/api/jobs/", a_job_body())
    offers = desk.twilio.wait_for_many(job["code"], count, 30)
    desk.twilio.faults.clear()
    accepted = partial(desk.get, "/api/messages/", job_id=job["id"], status="accepted", page_size=100)
    until(lambda: len(accepted()) == count, 20)
    return job["id"], [
        partial(
            webhooks.post,
            offer.status_callback or "",
            webhooks.receipt(offer, "delivered", None, ACCOUNT_SID),
            AUTH_TOKEN,
        )
        for offer in offers
    ]


def _saves_at_once(desk: LiveDesk) -> bool:
    before = desk.log("web").count(b"webhook buffered")
    desk.twilio.say(a_phone(), "hello")
    return desk.log("web").count(b"webhook buffered") == before


@contextmanager
def _gasping(process: subprocess.Popen[bytes], breath: float) -> Iterator[None]:
    """Let a server run only for a moment every `breath` seconds. It is stopped when the block begins."""
    over = threading.Event()

    def gasp() -> None:
        while not over.is_set():
            process.send_signal(signal.SIGSTOP)
            over.wait(breath)
            process.send_signal(signal.SIGCONT)
            over.wait(0.05)

    thread = threading.Thread(target=gasp)
    thread.start()
    try:
        until(lambda: psutil.Process(process.pid).status() == psutil.STATUS_STOPPED, 5, every=0.001)
        yield
    finally:
        over.set()
        thread.join()
