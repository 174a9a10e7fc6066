"""A move is repeated under its key after its answer was lost and the job has changed: the move is not made again."""

from datetime import timedelta

import pytest
from pymongo.errors import AutoReconnect

from dispatch.actions.inbox import handling
from dispatch.actions.jobs import claims, events
from dispatch.models import Agent, Answer, Job, Message
from dispatch.models.base.record import server_now, utc_now
from tests.api.standing import a_job_after
from tests.builders import an_agent, heard, lease

UNDER = {"Idempotency-Key": "move 1"}


def says(agent: Agent, text: str, job: Job) -> None:
    """Send an agent's reply and handle it."""
    handling.handle(heard(agent, text).id)
    claims.settle(job.id, server_now() + timedelta(minutes=1))
    for message in Message.objects(status="queued"):
        lease(message.id, utc_now())


@pytest.fixture
def lost(monkeypatch):
    """Answers are not kept, as if MongoDB failed just before."""

    def fails(*args):
        raise AutoReconnect

    with monkeypatch.context() as patched:
        patched.setattr(Answer, "_write", fails)
        yield patched


@pytest.mark.parametrize("whose", [pytest.param(False, id="whoever has it"), pytest.param(True, id="an agent's own")])
@pytest.mark.parametrize(
    ("said", "move", "becomes"),
    [
        pytest.param(["YES"], "release", "pending", id="a release"),
        pytest.param(["YES"], "approve_schedule", "approved", id="an approval"),
    ],
)
def test_a_repeated_move_does_not_affect_the_next_agent(api, lost, said, move, becomes, whose):
    first, job = a_job_after(*said)
    second = an_agent()
    body = {"json": {"agent_phone": first.phone}} if whose and move == "release" else {}
    path = f"/api/jobs/{job.id}/{move}"
    assert api.post(path, headers=UNDER, **body).json["status"] == becomes
    lost.undo()
    Answer.collection().update_many({}, {"$set": {"leased_until": utc_now() - timedelta(seconds=1)}})
    if becomes != "pending":
        api.post(f"/api/jobs/{job.id}/release")
    events.follow_up(job.id, utc_now())
    for message in Message.objects(status="queued"):
        lease(message.id, utc_now())
    says(second, "YES", job)
    before = Job.get(job.id)
    assert before.agent == second.id
    again = api.post(path, headers=UNDER, **body)
    assert (again.status_code, again.json["status"], again.json["assigned_agent"]) == (200, "assigned", second.phone)
    assert Job.get(job.id).timeline == before.timeline
    replayed = api.post(path, headers=UNDER, **body)
    assert (replayed.json, replayed.headers["Idempotent-Replayed"]) == (again.json, "true")
    assert api.post(path, headers={"Idempotency-Key": "move 2"}).json["status"] == becomes


def test_the_timeline_does_not_show_the_id_of_a_request(api):
    _, job = a_job_after("YES")
    api.post(f"/api/jobs/{job.id}/release", headers=UNDER)
    [released] = [event for event in api.get(f"/api/jobs/{job.id}/timeline").json if event["name"] == "released"]
    assert "request" not in released["facts"]
    assert released["facts"]["round"] == 2
