"""Scenes of workers' decisions about a job and of the follow-up work of its events."""

from dispatch.models import AgentStatus, Job
from tests.points.actions import Task
from tests.points.scenes.table import scene
from tests.points.stage import PointStage
from tests.stories import people
from tests.stories.ways import approved, assigned, in_progress, pending

SETTLE, FOLLOW, CATCH_UP = "workers.assignment.settle", "workers.broadcasting.follow", "workers.broadcasting.catch_up"


def _followed(job: people.Job) -> Task:
    assert Job.get(job["id"]).unfollowed
    return Task(FOLLOW, (job["id"],))


def _settled(stage: PointStage, *said: tuple[people.Person, str]) -> Task:
    stage.holds()
    for who, text in said:
        stage.says(who, text)
    stage.work("inbox")
    return stage.hint(SETTLE)


@scene(SETTLE, "event assigned")
def a_claim_is_settled(stage: PointStage) -> Task:
    pending(stage, stage.ada)
    return _settled(stage, (stage.ada, "YES"))


@scene(SETTLE, "event assigned")
def one_of_two_claims_wins(stage: PointStage) -> Task:
    pending(stage, stage.ada)
    return _settled(stage, (stage.bisi, "YES"), (stage.ada, "YES"))


@scene(SETTLE, "event assigned")
def a_claim_on_an_overlapping_job(stage: PointStage) -> Task:
    assigned(stage, stage.ada)
    job = pending(stage, stage.ada)
    return _settled(stage, (stage.ada, f"YES {job['code']}"))


@scene(SETTLE)
def a_claim_of_an_inactive_agent(stage: PointStage) -> Task:
    pending(stage, stage.ada)
    stage.says(stage.bisi, "NO")
    task = _settled(stage, (stage.ada, "YES"))
    with stage.unfollowed():
        stage.changes(stage.ada, status="suspended")
    return task


@scene(SETTLE)
def a_claim_on_a_cancelled_job(stage: PointStage) -> Task:
    job = pending(stage, stage.ada)
    task = _settled(stage, (stage.ada, "YES"))
    stage.does("cancel", job)
    return task


@scene(SETTLE)
def a_claim_on_a_moved_job(stage: PointStage) -> Task:
    job = pending(stage, stage.ada)
    task = _settled(stage, (stage.ada, "YES"))
    stage.moves(job, "3d")
    return task


@scene(FOLLOW, "event opened")
def a_job_is_offered(stage: PointStage) -> Task:
    return _followed(stage.holds().asks())


@scene(FOLLOW, "event opened")
def a_job_that_nobody_can_take(stage: PointStage) -> Task:
    stage.changes(stage.ada, status="inactive")
    stage.changes(stage.bisi, status="inactive")
    return _followed(stage.holds().asks())


@scene(FOLLOW, "event opened")
def a_job_for_a_known_client(stage: PointStage) -> Task:
    first = assigned(stage, stage.ada)
    return _followed(stage.holds().asks("4d", client__client_id=first["client_details"]["client_id"]))


@scene(FOLLOW, "event hold_ended")
def a_hold_has_ended(stage: PointStage) -> Task:
    first = assigned(stage, stage.ada)
    second = stage.asks("4d", client__client_id=first["client_details"]["client_id"])
    stage.holds().says(stage.ada, f"NO {second['code']}")
    stage.work("inbox")
    return _followed(second)


@scene(FOLLOW, "event moved")
def a_pending_job_has_moved(stage: PointStage) -> Task:
    job = pending(stage, stage.ada)
    stage.holds().moves(job, "3d")
    return _followed(job)


@scene(FOLLOW, "event moved")
def a_pending_job_has_moved_and_is_held(stage: PointStage) -> Task:
    whose = {"client__client_id": "client of Bisi's"}
    job = pending(stage, stage.ada, **whose)
    mine = pending(stage, stage.bisi, "4d", **whose)
    stage.says(stage.bisi, f"YES {mine['code']}")
    stage.holds().says(stage.ada, f"YES {job['code']}")
    stage.work("inbox")
    stage.moves(job, "3d")
    return _followed(job)


@scene(FOLLOW, "event moved")
def an_approved_job_has_moved(stage: PointStage) -> Task:
    job = approved(stage, stage.ada)
    stage.holds().moves(job, "3d")
    return _followed(job)


@scene(FOLLOW, "event changed")
def a_job_has_changed(stage: PointStage) -> Task:
    job = approved(stage, stage.ada)
    stage.holds().puts(job, notes="The gate is green")
    return _followed(job)


@scene(FOLLOW, "event changed", "event moved")
def several_events_of_a_job_are_unfollowed(stage: PointStage) -> Task:
    job = approved(stage, stage.ada)
    stage.holds().puts(job, notes="The gate is green")
    stage.moves(job, "3d")
    stage.puts(job, notes="The gate is red")
    return _followed(job)


@scene(FOLLOW, "event client_changed")
def a_client_has_changed(stage: PointStage) -> Task:
    job = approved(stage, stage.ada)
    client = job["client_details"]
    stage.holds().call("PUT", f"/api/clients/{client['client_id']}", {"name": "Jane", "phone": "+2348030088888"})
    return _followed(job)


@scene(FOLLOW, "event released")
def a_job_was_released(stage: PointStage) -> Task:
    job = approved(stage, stage.ada)
    stage.holds().does("release", job)
    return _followed(job)


@scene(FOLLOW, "event assigned")
def a_job_was_assigned(stage: PointStage) -> Task:
    job = pending(stage, stage.ada)
    with stage.unfollowed():
        task = _settled(stage, (stage.ada, "YES"))
        task.run(stage.api)
    return _followed(job)


@scene(FOLLOW, "event assigned", "event approved")
def a_job_was_assigned_to_an_agent_who_has_confirmed(stage: PointStage) -> Task:
    job = pending(stage, stage.ada)
    with stage.unfollowed():
        task = _settled(stage, (stage.ada, "YES"), (stage.ada, "CONFIRM"))
        task.run(stage.api)
    return _followed(job)


@scene(FOLLOW, "event approved")
def a_job_was_approved(stage: PointStage) -> Task:
    job = assigned(stage, stage.ada)
    with stage.unfollowed():
        stage.does("approve_schedule", job)
    return _followed(job)


@scene(FOLLOW, "event in_progress")
def a_visit_has_begun(stage: PointStage) -> Task:
    job = approved(stage, stage.ada, "90m")
    with stage.unfollowed():
        stage.says(stage.ada, "BEGIN")
        stage.work("inbox")
    return _followed(job)


@scene(FOLLOW, "event completed")
def a_visit_is_over(stage: PointStage) -> Task:
    job = in_progress(stage, stage.ada)
    with stage.unfollowed():
        stage.does("complete_inspection", job)
    return _followed(job)


@scene(FOLLOW, "event reopened_in_progress")
def a_visit_that_had_begun_is_reopened(stage: PointStage) -> Task:
    job = in_progress(stage, stage.ada)
    stage.does("complete_inspection", job)
    with stage.unfollowed():
        stage.does("reopen_visit", job)
    return _followed(job)


@scene(FOLLOW, "event cancelled")
def a_pending_job_is_cancelled(stage: PointStage) -> Task:
    job = pending(stage, stage.ada)
    stage.holds().does("cancel", job)
    return _followed(job)


@scene(FOLLOW, "event cancelled")
def an_approved_job_is_cancelled(stage: PointStage) -> Task:
    job = approved(stage, stage.ada)
    stage.holds().does("cancel", job)
    return _followed(job)


@scene(FOLLOW, "event expired")
def a_job_has_expired(stage: PointStage) -> Task:
    job = pending(stage, stage.ada, "1h")
    with stage.unfollowed():
        stage.due(job, "expiry").run(stage.api)
    return _followed(job)


# The status of an agent.


def _with_status(stage: PointStage, status: str) -> Task:
    """Prepare Ada with a job, an offer of another job, and an offer held for her; then change her status."""
    first = assigned(stage, stage.ada)
    stage.asks("4d", client__client_id=first["client_details"]["client_id"])
    stage.asks("5d")
    with stage.unfollowed():
        stage.changes(stage.ada, status=status)
    return Task(CATCH_UP, (stage.ada.id,))


@scene(CATCH_UP, f"agent {AgentStatus.INACTIVE}")
def an_agent_is_inactive(stage: PointStage) -> Task:
    return _with_status(stage, "inactive")


@scene(CATCH_UP, f"agent {AgentStatus.SUSPENDED}")
def an_agent_is_suspended(stage: PointStage) -> Task:
    return _with_status(stage, "suspended")


@scene(CATCH_UP, f"agent {AgentStatus.ACTIVE}")
def an_agent_is_active_again(stage: PointStage) -> Task:
    assigned(stage, stage.ada)
    pending(stage, stage.ada, "4d")
    stage.changes(stage.ada, status="inactive")
    stage.changes(stage.bisi, status="inactive")
    stage.asks("5d")
    stage.holds().changes(stage.ada, status="active")
    return stage.hint(CATCH_UP)


@scene(CATCH_UP, "agent opted out")
def an_agent_has_opted_out(stage: PointStage) -> Task:
    assigned(stage, stage.ada)
    pending(stage, stage.ada, "4d")
    with stage.unfollowed():
        stage.says(stage.ada, "STOP")
        stage.work("inbox")
    return Task(CATCH_UP, (stage.ada.id,))


@scene(CATCH_UP, "agent back")
def an_agent_has_opted_in_again(stage: PointStage) -> Task:
    job = approved(stage, stage.ada)
    stage.says(stage.ada, "STOP")
    stage.moves(job, "3d")
    stage.asks("4d")
    stage.holds().says(stage.ada, "START")
    stage.work("inbox")
    return stage.hint(CATCH_UP)


@scene(CATCH_UP, "agent deleted")
def an_agent_is_deleted(stage: PointStage) -> Task:
    pending(stage, stage.ada)
    stage.says(stage.bisi, "NO")
    with stage.unfollowed():
        stage.call("DELETE", f"/api/agents/{stage.ada.id}", expect=204)
    return Task(CATCH_UP, (stage.ada.id,))
