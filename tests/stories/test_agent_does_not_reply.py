"""An agent with a job does not reply: they are asked once more, then operations see the job."""

from datetime import timedelta

import pytest

from tests.office import Office
from tests.stories.desk import StoryDesk
from tests.stories.people import Person, client_of
from tests.stories.ways import INTO, approved, assigned, away


def test_agent_without_confirm_is_asked_once_more_and_then_the_job_is_listed(
    desk: StoryDesk, office: Office, ada: Person
) -> None:
    job = assigned(desk, ada)
    desk.wait(minutes=29)
    assert desk.news(ada) == []
    desk.wait(minutes=2)
    assert desk.news(ada) == ["nudge"]
    assert f"CONFIRM {job['code']}" in desk.last(ada)
    assert (desk.attention(job), office.reasons()) == (None, [])
    desk.wait(minutes=30)
    assert (desk.attention(job), office.reasons()) == ("unconfirmed", ["unconfirmed"])
    desk.wait(hours=6)
    assert desk.news(ada) == []
    assert desk.stands(job) == ("assigned", ada.phone)
    assert desk.news(client_of(job)) == []


@pytest.mark.parametrize("nudged", [False, True])
def test_agent_who_confirmed_is_not_asked_again(desk: StoryDesk, ada: Person, nudged: bool) -> None:
    job = assigned(desk, ada)
    if nudged:
        desk.wait_for(job, "nudge")
    assert desk.says(ada, "ok") == ["approved"]
    desk.wait(hours=2)
    assert desk.news(ada) == []
    assert desk.attention(job) is None


@pytest.mark.parametrize("way", ["confirm", "release", "cancel"])
def test_confirm_release_or_cancellation_ends_the_attention(
    desk: StoryDesk, ada: Person, bisi: Person, way: str
) -> None:
    job = assigned(desk, ada)
    desk.wait(minutes=61)
    assert desk.attention(job) == "unconfirmed"
    desk.says(ada, "CONFIRM") if way == "confirm" else desk.does(way, job)
    assert desk.attention(job) is None


def test_wait_for_the_confirm_is_shorter_when_the_visit_is_near(desk: StoryDesk, ada: Person) -> None:
    job = assigned(desk, ada, "20m")
    start = desk.timers(job)["nudge"]
    assert start - desk.clock.now() <= timedelta(minutes=10)
    desk.wait_for(job, "nudge")
    desk.wait_for(job, "unconfirmed")
    assert desk.attention(job) == "unconfirmed"


@pytest.mark.parametrize("state", ["approved", "in_progress"])
def test_visit_past_its_end_is_asked_about_once_and_then_listed(
    desk: StoryDesk, office: Office, ada: Person, state: str
) -> None:
    job = INTO[state](desk, ada)
    desk.wait_for(job, "ending")
    assert desk.news(ada)[-1] == "ask_completed"
    assert f"COMPLETE {job['code']}" in desk.last(ada)
    assert (desk.attention(job), office.reasons()) == (None, [])
    desk.wait(minutes=31)
    assert (desk.attention(job), office.reasons()) == ("not_completed", ["not_completed"])
    desk.wait(days=1)
    assert desk.told(ada).count("ask_completed") == 1
    assert desk.says(ada, "ok") == ["completed_agent"]
    assert desk.attention(job) is None
    assert desk.news(client_of(job))[-1] == "completed_client"


def test_visit_begun_past_its_end_is_asked_about_and_listed_again(desk: StoryDesk, office: Office, ada: Person) -> None:
    job = approved(desk, ada, "2h")
    desk.wait(hours=6)
    assert desk.attention(job) == "not_completed"
    assert desk.says(ada, f"BEGIN {job['code']}") == ["began"]
    assert desk.attention(job) is None
    desk.wait(minutes=58)
    assert desk.news(ada) == []
    desk.wait(minutes=3)
    assert desk.news(ada) == ["ask_completed"]
    desk.wait(minutes=31)
    assert desk.attention(job) == "not_completed"


def test_visit_begun_late_is_not_listed_for_an_earlier_question(desk: StoryDesk, ada: Person) -> None:
    job = approved(desk, ada, "2h")
    desk.wait_for(job, "ending")
    desk.says(ada, f"BEGIN {job['code']}")
    desk.wait(minutes=40)
    assert desk.attention(job) is None


def test_agent_is_asked_an_hour_after_the_start_of_the_visit(desk: StoryDesk, ada: Person) -> None:
    job = approved(desk, ada, "2h")
    reminder, ending = desk.timers(job)["reminder"], desk.timers(job)["ending"]
    assert ending - reminder == timedelta(minutes=90)


@pytest.mark.parametrize(
    ("state", "standing"), [("assigned", "inactive"), ("approved", "STOP"), ("in_progress", "suspended")]
)
def test_jobs_of_an_agent_made_inactive_are_listed(
    desk: StoryDesk, office: Office, ada: Person, state: str, standing: str
) -> None:
    job = INTO[state](desk, ada)
    away(desk, ada, standing)
    assert (desk.attention(job), office.reasons()) == ("agent_inactive", ["agent_inactive"])
    assert desk.stands(job) == (state, ada.phone)


@pytest.mark.parametrize("standing", ["inactive", "STOP"])
def test_jobs_of_an_agent_made_active_again_leave_the_list(desk: StoryDesk, ada: Person, standing: str) -> None:
    job = approved(desk, ada, "90m")
    away(desk, ada, standing)
    desk.says(ada, "START") if standing == "STOP" else desk.changes(ada, status="active")
    assert desk.attention(job) is None
    assert desk.says(ada, "BEGIN") == ["began"]


def test_job_of_an_inactive_agent_leaves_the_list_when_another_agent_takes_it(
    desk: StoryDesk, ada: Person, bisi: Person
) -> None:
    job = approved(desk, ada)
    desk.changes(ada, status="suspended")
    assert desk.attention(job) == "agent_inactive"
    desk.does("release", job)
    assert desk.attention(job) is None
    assert desk.says(bisi, "YES") == ["assigned"]
    assert desk.stands(job) == ("assigned", bisi.phone)


def test_inactive_agent_can_complete_a_begun_visit_which_is_listed_until_then(desk: StoryDesk, ada: Person) -> None:
    job = assigned(desk, ada, "90m")
    desk.changes(ada, status="inactive")
    assert desk.says(ada, "CONFIRM") == ["approved"]
    assert desk.attention(job) == "agent_inactive"
    assert desk.says(ada, "BEGIN") == ["began"]
    assert desk.attention(job) == "agent_inactive"
    assert desk.says(ada, "COMPLETE") == ["completed_agent"]
    assert desk.attention(job) is None


@pytest.mark.parametrize("reason", ["unconfirmed", "not_completed"])
def test_earlier_attention_remains_after_the_agent_was_inactive(desk: StoryDesk, ada: Person, reason: str) -> None:
    job = assigned(desk, ada) if reason == "unconfirmed" else approved(desk, ada, "2h")
    desk.wait(hours=4)
    assert desk.attention(job) == reason
    desk.changes(ada, status="inactive")
    assert desk.attention(job) is not None
    desk.changes(ada, status="active")
    assert desk.attention(job) == reason


def test_attention_list_has_only_the_jobs_that_need_attention(desk: StoryDesk, ada: Person) -> None:
    good, bad = approved(desk, ada), assigned(desk, ada)
    desk.wait(minutes=61)
    listed = {flag: desk.call("GET", f"/api/jobs/?attention={flag}") for flag in ("true", "false")}
    assert [row["id"] for row in listed["true"]] == [bad["id"]]
    assert [row["id"] for row in listed["false"]] == [good["id"]]
    assert listed["true"][0]["attention_since"] is not None
