"""Refused moves: the message says whether a move is not possible yet or no longer possible, and names the state."""

import pytest

from dispatch.models import Job
from tests.api.standing import a_job_after


@pytest.mark.parametrize(
    ("replies", "state", "move", "message"),
    [
        ([], "pending", "approve_schedule", "Not possible yet: the job is pending."),
        ([], "pending", "complete_inspection", "Not possible yet: the job is pending."),
        (["YES"], "assigned", "complete_inspection", "Not possible yet: the job is assigned."),
        (["YES", "CONFIRM"], "completed", "approve_schedule", "No longer possible: the job is completed."),
        (["YES", "CONFIRM"], "completed", "cancel", "No longer possible: the job is completed."),
        ([], "expired", "release", "No longer possible: the job is expired."),
        ([], "cancelled", "approve_schedule", "No longer possible: the job is cancelled."),
    ],
)
def test_a_refused_move_says_whether_it_comes_too_early_or_too_late(api, replies, state, move, message):
    _, job = a_job_after(*replies)
    Job.objects(pk=job.id).update(status=state)
    answer = api.post(f"/api/jobs/{job.id}/{move}")
    assert (answer.status_code, answer.json["message"], answer.json["errors"]) == (409, message, {"status": [state]})


def test_a_release_for_another_agent_names_this_cause(api):
    _, job = a_job_after("YES")
    answer = api.post(f"/api/jobs/{job.id}/release", json={"agent_phone": "+2348039999999"})
    assert (answer.status_code, answer.json["errors"]) == (409, {"status": ["assigned"]})
    assert answer.json["message"] == "This job is not assigned to the agent with this `agent_phone`."
