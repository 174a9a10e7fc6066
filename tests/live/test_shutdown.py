"""Stopping with SIGTERM, as in every upgrade: no request is cut off, no task is lost, no message is sent twice."""

import signal
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import psutil
import pytest
import redis
from bson import ObjectId
from celery import Celery

from config.queues import WORKERS
from dispatch.models.base.record import utc_now
from sandbox import embedded
from sandbox.twilio import FaultKind
from tests.builders import a_job_body, an_agent_body
from tests.conftest import HOME, Servers
from tests.live.desk import LiveDesk
from tests.live.fixtures import a_desk, wipe
from tests.waiting import until

#: Seconds that compose.yaml gives a worker.
GRACE = 120
CROWD = 300
AT_ONCE = 10


@pytest.fixture(scope="module")
def stopping_desk(servers: Servers) -> Iterator[tuple[LiveDesk, embedded.Server]]:
    """A desk whose MongoDB the test may freeze and whose processes it may stop."""
    with embedded.mongodb(HOME / "stopping-mongodb", embedded.free_port()) as mongodb:
        desk = a_desk(Servers(mongodb, servers.redis), "stopping", 4)
        try:
            yield desk.start(), mongodb
        finally:
            desk.stop()


def test_stopped_web_answers_all_requests_that_it_has_started(stopping_desk: tuple[LiveDesk, embedded.Server]) -> None:
    """SIGTERM arrives while calls and webhooks wait for a frozen MongoDB. Each is completed and answered."""
    desk, mongodb = stopping_desk
    agent = desk.post("/api/agents/", an_agent_body())
    mongodb.process.send_signal(signal.SIGSTOP)
    with ThreadPoolExecutor(AT_ONCE) as callers:
        posted = [callers.submit(desk.post, "/api/jobs/", a_job_body()) for _ in range(AT_ONCE // 2)]
        calls = [callers.submit(desk.twilio.say, agent["phone"], "hello") for _ in range(AT_ONCE // 2)]
        until(lambda: _connections(desk) >= AT_ONCE, 10, "calls under way")
        web = desk.processes.pop("web")
        web.terminate()
        mongodb.process.send_signal(signal.SIGCONT)
        assert [call.result()["status"] for call in posted] == ["pending"] * len(posted)
        assert [call.result().status for call in calls] == [204] * len(calls)
    assert web.wait(GRACE) == 0
    desk.start_web()
    desk.wait_until_ready()
    assert len(desk.get("/api/jobs/")) == len(posted)
    assert len(desk.get("/api/messages/", direction="inbound")) == len(calls)


def test_stopped_workers_neither_lose_nor_double_a_broadcast(stopping_desk: tuple[LiveDesk, embedded.Server]) -> None:
    """SIGTERM arrives during a broadcast, with a timer armed. The workers end in time; new ones do the rest."""
    desk, _ = stopping_desk
    wipe(desk)
    phones = {desk.post("/api/agents/", an_agent_body())["phone"] for _ in range(CROWD)}
    desk.twilio.faults.set("*", FaultKind.LATENCY, seconds=0.3)
    job = desk.post("/api/jobs/", a_job_body())
    until(lambda: len(desk.twilio.outbox) > CROWD // 10, 20, "a broadcast under way")
    with Celery(broker=desk.environment["REDIS_URL"]) as sender:
        later = {"queue": "reminders", "countdown": 200}
        sender.send_task("workers.reminders.fire", args=[str(ObjectId()), utc_now().isoformat()], **later)
    with redis.Redis.from_url(desk.environment["REDIS_URL"]) as broker:
        until(lambda: broker.llen("reminders") == 0, 10, "an armed timer")
    for name in WORKERS:
        desk.processes[name].terminate()
    assert {name: desk.processes.pop(name).wait(GRACE) for name in WORKERS} == dict.fromkeys(WORKERS, 0)
    assert len(desk.twilio.outbox) < CROWD
    with redis.Redis.from_url(desk.environment["REDIS_URL"]) as broker:
        assert broker.hlen("unacked") == 0  # no task is held by a stopped worker
        assert broker.llen("reminders") == 1

    desk.twilio.faults.clear()
    for name, queues in WORKERS.items():
        desk.start_worker(name, queues)
    desk.wait_until_ready()
    desk.twilio.wait_for_many(job["code"], CROWD, 60)
    assert Counter(message.phone for message in desk.twilio.outbox) == dict.fromkeys(phones, 1)


def _connections(desk: LiveDesk) -> int:
    """Return the number of open connections of the web."""
    family = [psutil.Process(desk.processes["web"].pid), *psutil.Process(desk.processes["web"].pid).children()]
    open_ = [each for process in family for each in process.net_connections() if each.status == "ESTABLISHED"]
    return sum(each.laddr.port == desk.port for each in open_)
