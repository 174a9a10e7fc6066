"""A wrong completion is taken back: the visit goes on with the same agent, and both are informed."""

from datetime import timedelta

import pytest
from bson import ObjectId

from dispatch.models import Job, Message
from tests.stories.desk import StoryDesk
from tests.stories.people import Person, client_of
from tests.stories.ways import approved, completed, in_progress


def test_completed_visit_that_had_not_begun_is_approved_again(desk: StoryDesk, ada: Person) -> None:
    job = approved(desk, ada, "90m")
    desk.says(ada, "COMPLETE")
    desk.no_news()
    reopened = desk.does("reopen_visit", job)
    assert (reopened["status"], reopened["assigned_agent"]) == ("approved", ada.phone)
    assert desk.timeline(job)[-2:] == ["completed", "reopened"]
    assert (desk.news(ada), desk.news(client_of(job))) == (["reopened_agent"], ["reopened_client"])
    assert f"*BEGIN {job['code']}*" in desk.last(ada)
    assert "by mistake" in desk.last(client_of(job))
    assert "completed" not in Job.get(job["id"]).reached
    desk.wait_for(job, "reminder")
    assert (desk.news(ada), desk.news(client_of(job))) == (["reminder_agent"], ["reminder_client"])
    assert desk.says(ada, "BEGIN") == ["began"]
    assert desk.says(ada, "COMPLETE") == ["completed_agent"]
    assert desk.news(client_of(job)) == ["completed_client"]


def test_completed_visit_that_had_begun_is_in_progress_again(desk: StoryDesk, ada: Person) -> None:
    job = completed(desk, ada)
    assert desk.does("reopen_visit", job)["status"] == "in_progress"
    assert (desk.news(ada), desk.news(client_of(job))) == (["reopened_agent"], ["reopened_client"])
    assert "BEGIN" not in desk.last(ada)
    desk.wait_for(job, "ending")
    assert desk.news(ada) == ["ask_completed"]
    assert desk.says(ada, "yes, done") == ["completed_agent"]
    assert desk.does("reopen_visit", job)["status"] == "in_progress"  # a second mistake


def test_visit_that_is_over_is_asked_about_after_its_length_and_not_at_once(desk: StoryDesk, ada: Person) -> None:
    job = approved(desk, ada, "20m")
    desk.wait(minutes=30)
    desk.says(ada, "COMPLETE")
    desk.no_news()
    desk.wait(hours=3)
    desk.does("reopen_visit", job)
    assert desk.news(ada) == ["reopened_agent"]
    assert desk.timers(job)["ending"] > desk.clock.now() + timedelta(minutes=50)
    assert desk.attention(job) is None


def test_completion_that_was_not_sent_yet_is_withdrawn(desk: StoryDesk, ada: Person) -> None:
    job = in_progress(desk, ada)
    with desk.at_once():
        desk.says(ada, "COMPLETE")
        desk.work("inbox")
        desk.does("reopen_visit", job)
    assert (desk.news(ada), desk.news(client_of(job))) == (["reopened_agent"], ["reopened_client"])
    assert {m.status for m in Message.objects(job=ObjectId(job["id"]), kind__startswith="completed")} == {"withdrawn"}


@pytest.mark.parametrize(
    ("state", "message"),
    [("pending", "Not possible yet"), ("approved", "Not possible yet"), ("cancelled", "No longer possible")],
)
def test_visit_that_is_not_completed_is_not_reopened(desk: StoryDesk, ada: Person, state: str, message: str) -> None:
    job = desk.asks() if state == "pending" else approved(desk, ada)
    if state == "cancelled":
        desk.does("cancel", job)
    desk.no_news()
    refused = desk.does("reopen_visit", job, expect=409)
    assert (refused["message"], refused["errors"]) == (f"{message}: the job is {state}.", {"status": [state]})
    assert desk.news(ada) == []


def test_visit_of_a_deleted_agent_is_not_reopened(desk: StoryDesk, ada: Person, bisi: Person) -> None:
    job = completed(desk, ada)
    desk.call("DELETE", f"/api/agents/{ada.id}", expect=204)
    assert "has been deleted" in desk.does("reopen_visit", job, expect=409)["message"]


def test_visit_whose_code_another_job_has_is_not_reopened(desk: StoryDesk, ada: Person) -> None:
    job, other = completed(desk, ada), desk.asks("3d")
    Job.collection().update_one({"_id": ObjectId(other["id"])}, {"$set": {"code": job["code"]}})
    assert "has the code" in desk.does("reopen_visit", job, expect=409)["message"]
    assert desk.stands(job) == ("completed", ada.phone)
