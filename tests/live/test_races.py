"""First come, first served with real concurrency: many replies at once, with random pauses at every step."""

from collections.abc import Iterator

import pytest

from sandbox.twilio import FaultKind
from tests.builders import a_job_body, an_agent_body
from tests.conftest import Servers
from tests.live.desk import LiveDesk
from tests.live.fixtures import a_desk
from tests.waiting import until

AGENTS = 50
ROUNDS = 20


@pytest.fixture
def pausing_desk(servers: Servers) -> Iterator[LiveDesk]:
    """Four worker processes and the web pause at random before every command to MongoDB."""
    desk = a_desk(servers, "pausing", 2)
    desk.twilio.start()
    try:
        desk.start_web("tests.faults.web:app", FAULT_PAUSE_MS="30")
        desk.start_worker(
            "core",
            ("inbox", "assignment", "broadcasting", "reminders", "sweeps"),
            app="tests.faults.app",
            concurrency=4,
            FAULT_PAUSE_MS="50",
        )
        desk.start_worker("sending", ("replies", "bulk", "lookups"), concurrency=2)
        desk.start_beat()
        desk.wait_until_ready()
        yield desk
    finally:
        desk.stop()


def test_earliest_of_fifty_simultaneous_yes_wins_each_of_twenty_jobs(pausing_desk: LiveDesk) -> None:
    """The earliest by (received_at, id) wins each time. All other agents are told once that the job is taken."""
    desk = pausing_desk
    phones = [desk.post("/api/agents/", an_agent_body(name=f"Agent {n}"))["phone"] for n in range(AGENTS)]
    for round_ in range(ROUNDS):
        desk.twilio.clear()
        desk.twilio.faults.set("*", FaultKind.NO_RECEIPTS)  # receipts are not tested here and would double the load
        job = desk.post("/api/jobs/", a_job_body())
        desk.twilio.wait_for_many(job["code"], AGENTS, 20, text="To take it")
        desk.say_at_once(phones, f"yes {job['code']}" if round_ % 2 else "Yes!")
        desk.wait_for_status(job["id"], "assigned", 30)
        heard = until(lambda job=job: _handled(desk, job["id"]), 20, "all fifty handled", every=0.3)
        first = min(heard, key=lambda message: (message["received_at"], message["id"]))
        timeline = desk.get(f"/api/jobs/{job['id']}/timeline")
        assert desk.job(job["id"])["assigned_agent"] == first["agent_phone"], f"round {round_}: {first} {timeline}"
        taken = desk.twilio.wait_for_many(job["code"], AGENTS - 1, 20, text="has gone to another agent")
        assert sorted(message.phone for message in taken) == sorted(set(phones) - {first["agent_phone"]})
        assert len(desk.twilio.wait_for_many(job["code"], 1, text="is yours!")) == 1


def _handled(desk: LiveDesk, job_id: str) -> list[dict]:
    heard = desk.get("/api/messages/", job_id=job_id, direction="inbound", status="handled", page_size=100)
    return heard if len(heard) == AGENTS else []
