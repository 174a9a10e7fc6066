"""Outages on a running desk: killed senders, an emptied broker, two beats, stores that are stuck and not only down."""

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
    """A desk with two senders of bulk, at a pace that leaves time to kill one."""
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


def test_a_sender_killed_in_a_broadcast_doubles_and_loses_nothing(broadcasting_desk: LiveDesk) -> None:
    """One sender dies by SIGKILL among two hundred offers: every agent gets one offer, nobody two."""
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
    """Count the offers that were sent, over the pages of the messages' log."""
    pages = [desk.get("/api/messages/", job_id=job_id, page=page, page_size=100) for page in (1, 2)]
    return sum(message["status"] in ("sent", "delivered", "read") for page in pages for message in page)


def test_an_emptied_broker_and_a_second_beat_cost_seconds_only(desk: LiveDesk) -> None:
    """FLUSHALL again and again while two beats sweep: the inspection still goes its way, each message once."""
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


def test_webhooks_answer_and_lose_nothing_while_a_store_is_stuck(
    stores_of_its_own: tuple[LiveDesk, embedded.Server, embedded.Server],
) -> None:
    """With MongoDB stopped, then Redis, then both: answers within 5 s, /health says which, and no YES is lost."""
    desk, mongodb, broker = stores_of_its_own
    agent = desk.post("/api/agents/", an_agent_body())
    for starts_in, stuck, status in (("2d", [mongodb], 204), ("3d", [broker], 204), ("4d", [mongodb, broker], 503)):
        job = desk.post("/api/jobs/", a_job_body(starts_in=starts_in))
        desk.twilio.wait_for(agent["phone"], 20, text=job["code"])
        for server in stuck:
            server.process.send_signal(signal.SIGSTOP)
        try:
            began = time.monotonic()
            said = desk.twilio.say(agent["phone"], f"yes {job['code']}")
            assert (said.status, time.monotonic() - began < 5) == (status, True)
            assert not desk._healthy()
        finally:
            for server in stuck:
                server.process.send_signal(signal.SIGCONT)
        until(desk._healthy, 20)
        if status == 503:  # nobody could keep it: Twilio is told so, and tries again where that is set up
            desk.twilio.say(agent["phone"], f"yes {job['code']}", sid=said.sid)
        desk.wait_for_status(job["id"], "assigned", 40)
