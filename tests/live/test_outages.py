"""Outages of a running desk: killed senders, an emptied broker, two beats, stores that hang."""

import signal
import time
from collections import Counter
from collections.abc import Iterator

import pytest
import redis

from sandbox import embedded
from sandbox.twilio import FaultKind
from tests.builders import a_job_body, an_agent_body
from tests.conftest import Servers
from tests.live.desk import LiveDesk
from tests.live.fixtures import a_desk
from tests.waiting import until

CROWD = 200


@pytest.fixture
def broadcasting_desk(servers: Servers) -> Iterator[LiveDesk]:
    """A desk with two workers for bulk messages, slow enough to kill one of them."""
    desk = a_desk(servers, "broadcasting", 3, SEND_RATE_PER_SECOND=120)
    desk.twilio.start()
    try:
        desk.start_web()
        desk.start_worker("core", ("inbox", "assignment", "broadcasting", "reminders", "sweeps"))
        desk.start_worker("sender", ("bulk",), concurrency=1)
        desk.start_worker("victim", ("bulk",), concurrency=1)
        desk.start_worker("replies", ("replies", "lookups"), concurrency=1)
        desk.start_beat()
        desk.wait_until_ready()
        yield desk
    finally:
        desk.stop()


def test_broadcast_is_neither_lost_nor_doubled_when_a_sender_is_killed(broadcasting_desk: LiveDesk) -> None:
    """One sender is killed by SIGKILL during two hundred offers. Each agent gets exactly one offer."""
    desk = broadcasting_desk
    phones = {desk.post("/api/agents/", an_agent_body())["phone"] for _ in range(CROWD)}
    desk.twilio.faults.set("*", FaultKind.LATENCY, seconds=0.1)
    job = desk.post("/api/jobs/", a_job_body())
    until(lambda: len(desk.twilio.outbox) > CROWD // 4, 20, "a broadcast under way")
    desk.kill("victim", signal.SIGKILL)
    assert len(desk.twilio.outbox) < CROWD
    desk.twilio.wait_for_many(job["code"], CROWD, 60)
    until(lambda: _settled(desk, job["id"]) == CROWD, 60, "all offers settled")
    assert Counter(message.phone for message in desk.twilio.outbox) == dict.fromkeys(phones, 1)


def _settled(desk: LiveDesk, job_id: str) -> int:
    """Return the number of sent offers, from all pages of the list of messages."""
    pages = [desk.get("/api/messages/", job_id=job_id, page=page, page_size=100) for page in (1, 2)]
    return sum(message["status"] in ("sent", "delivered", "read") for page in pages for message in page)


def test_emptied_broker_and_second_beat_delay_messages_but_lose_and_double_none(desk: LiveDesk) -> None:
    """FLUSHALL repeatedly while two beats sweep: the inspection is approved, and each message is sent once."""
    desk.spawn("beat2", "-m", "celery", "-A", "celery_app", "beat", "--schedule", str(desk.directory / "beat2"))
    try:
        with redis.Redis.from_url(desk.environment["REDIS_URL"]) as broker:
            agent = desk.post("/api/agents/", an_agent_body())
            job = desk.post("/api/jobs/", a_job_body(starts_in="3d"))
            broker.flushdb()
            desk.twilio.wait_for(agent["phone"], 20, text="New inspection")
            desk.twilio.say(agent["phone"], "yes")
            broker.flushdb()
            desk.twilio.wait_for(agent["phone"], 20, text="is yours")
            desk.twilio.say(agent["phone"], "confirm")
            broker.flushdb()
            desk.twilio.wait_for(job["client_details"]["phone"], 20, text="is confirmed")
    finally:
        desk.kill("beat2", signal.SIGTERM)
    sent = Counter((message.phone, message.body.split()[0]) for message in desk.twilio.outbox)
    assert set(sent.values()) == {1}, sent


def test_webhooks_are_answered_and_kept_while_a_store_hangs(
    stores_of_its_own: tuple[LiveDesk, embedded.Server, embedded.Server],
) -> None:
    """MongoDB hangs, then Redis, then both: answers come within 5 s, /health names the store, no YES is lost."""
    desk, mongodb, broker = stores_of_its_own
    agent = desk.post("/api/agents/", an_agent_body())
    for starts_in, stuck, status in (("2d", [mongodb], 204), ("3d", [broker], 204), ("4d", [mongodb, broker], 503)):
        job = desk.post("/api/jobs/", a_job_body(starts_in=starts_in))
        desk.twilio.wait_for(agent["phone"], 20, text=job["code"])
        for server in stuck:
            server.process.send_signal(signal.SIGSTOP)
        try:
            began = time.monotonic()
            result = desk.twilio.say(agent["phone"], f"yes {job['code']}")
            assert (result.status, time.monotonic() - began < 5) == (status, True)
            assert not desk._healthy()
        finally:
            for server in stuck:
                server.process.send_signal(signal.SIGCONT)
        until(desk._healthy, 20)
        if status == 503:  # no store can keep it: Twilio retries, if its webhook is set up to
            desk.twilio.say(agent["phone"], f"yes {job['code']}", sid=result.sid)
        desk.wait_for_status(job["id"], "assigned", 40)
