"""A job is released by its agent or by the platform: the others get an offer, and the client gets the outcome."""

from datetime import datetime

import pytest

from tests.stories.desk import StoryDesk
from tests.stories.people import Person, client_of
from tests.stories.ways import INTO, approved, assigned, pending


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ("assigned", "RELEASE"),
        ("assigned", "No, I can't make it"),
        ("approved", "Sorry, I can't make it"),
        ("approved", "release {code}"),
    ],
)
def test_job_released_by_its_agent_is_offered_to_the_others(
    desk: StoryDesk, ada: Person, bisi: Person, state: str, said: str
) -> None:
    job = INTO[state](desk, ada)
    assert desk.says(ada, said.format(code=job["code"])) == ["released"]
    assert desk.stands(job) == ("pending", None)
    assert desk.news(bisi) == ["offer"]
    assert desk.last(bisi).startswith("Open again")
    assert desk.offers(job) == {(1, ada.phone): "released", (1, bisi.phone): "taken", (2, bisi.phone): "open"}
    assert set(desk.timers(job)) == {"expiry", "not_taken"}


def test_tap_on_release_releases_the_job(desk: StoryDesk, ada: Person, bisi: Person) -> None:
    job, other = assigned(desk, ada), assigned(desk, ada)
    assert desk.says(ada, "Release", tapping=f"release:{job['id']}") == ["released"]
    assert (desk.stands(job)[0], desk.stands(other)[0]) == ("pending", "assigned")


def test_release_with_several_jobs_asks_which_one(desk: StoryDesk, ada: Person) -> None:
    job, other = assigned(desk, ada), assigned(desk, ada)
    assert desk.says(ada, "RELEASE") == ["ask_back"]
    assert "RELEASE" in desk.last(ada)
    assert desk.says(ada, other["code"]) == ["released"]
    assert (desk.stands(job)[0], desk.stands(other)[0]) == ("assigned", "pending")


def test_release_of_an_offered_job_declines_the_offer(desk: StoryDesk, ada: Person, bisi: Person) -> None:
    job = pending(desk, ada)
    assert desk.says(ada, "I can't make it") == ["declined"]
    assert desk.offers(job) == {(1, ada.phone): "declined", (1, bisi.phone): "open"}


def test_release_of_a_begun_visit_by_its_agent_changes_nothing(desk: StoryDesk, ada: Person, bisi: Person) -> None:
    job = INTO["in_progress"](desk, ada)
    assert desk.says(ada, "RELEASE") == ["explain_in_progress"]
    assert desk.stands(job) == ("in_progress", ada.phone)
    assert desk.does("release", job)["status"] == "pending"
    assert desk.news(ada) == ["released"]
    assert desk.news(bisi) == ["offer"]


def test_client_gets_the_new_agent_only_after_a_release(desk: StoryDesk, ada: Person, bisi: Person) -> None:
    job = approved(desk, ada)
    desk.says(ada, "RELEASE")
    assert desk.news(client_of(job)) == []
    desk.says(bisi, "YES")
    assert desk.news(client_of(job)) == []
    assert desk.says(bisi, "CONFIRM") == ["approved"]
    assert desk.news(client_of(job)) == ["approved_client"]
    assert bisi.phone in desk.last(client_of(job))
    desk.wait_for(job, "reminder")
    assert desk.news(client_of(job)) == ["reminder_client"]
    assert bisi.phone in desk.last(client_of(job))
    assert desk.news(bisi) == ["reminder_agent"]
    assert "reminder_agent" not in desk.told(ada)


def test_client_gets_the_expiry_after_a_release(desk: StoryDesk, ada: Person, bisi: Person) -> None:
    job = approved(desk, ada)
    desk.says(ada, "RELEASE")
    desk.wait_for(job, "expiry")
    assert desk.news(client_of(job)) == ["expired_client"]
    assert desk.stands(job) == ("expired", None)


@pytest.mark.parametrize("state", ["assigned", "approved", "in_progress"])
def test_platform_releases_a_job(desk: StoryDesk, ada: Person, bisi: Person, state: str) -> None:
    job = INTO[state](desk, ada)
    released = desk.does("release", job, reason="Called in sick", agent_phone=ada.phone)
    assert (released["status"], released["assigned_agent"]) == ("pending", None)
    assert desk.news(ada) == ["released"]
    assert desk.news(bisi) == ["offer"]
    event = next(e for e in desk.call("GET", f"/api/jobs/{job['id']}/timeline") if e["name"] == "released")
    assert (event["agent_phone"], event["reason"]) == (ada.phone, "Called in sick")


def test_second_release_by_the_platform_changes_nothing(desk: StoryDesk, ada: Person, bisi: Person) -> None:
    job = assigned(desk, ada)
    for _ in range(3):
        assert desk.does("release", job, agent_phone=ada.phone)["status"] == "pending"
    assert desk.news(ada) == ["released"]
    assert desk.news(bisi) == ["offer"]


def test_repeated_release_call_does_not_affect_the_next_agent(desk: StoryDesk, ada: Person, bisi: Person) -> None:
    job = assigned(desk, ada)
    desk.does("release", job, agent_phone=ada.phone)
    desk.says(bisi, "YES")
    assert desk.does("release", job, expect=409, agent_phone=ada.phone)["errors"] == {"status": ["assigned"]}
    assert desk.stands(job) == ("assigned", bisi.phone)


@pytest.mark.parametrize("phone", ["+2348099999999", "another agent's"])
def test_release_that_names_another_agent_is_refused(desk: StoryDesk, ada: Person, bisi: Person, phone: str) -> None:
    job = assigned(desk, ada)
    answer = desk.does("release", job, expect=409, agent_phone=phone if phone[0] == "+" else bisi.phone)
    assert answer["errors"] == {"status": ["assigned"]}
    assert desk.stands(job) == ("assigned", ada.phone)
    assert desk.news(ada) == []


@pytest.mark.parametrize("state", ["assigned", "approved", "in_progress"])
def test_release_by_the_platform_after_the_start_is_refused_with_advice(
    desk: StoryDesk, ada: Person, bisi: Person, state: str
) -> None:
    job = INTO[state](desk, ada)
    desk.changes(ada, status="inactive")
    desk.no_news()
    desk.wait_until(datetime.fromisoformat(job["starts_at"]))
    desk.no_news()
    for _ in range(2):
        answer = desk.does("release", job, expect=409)
        assert "move the job" in answer["message"]
        assert answer["errors"] == {"status": [state]}
    assert desk.stands(job) == (state, ada.phone)
    assert desk.news(client_of(job)) == desk.news(bisi) == []
    if state == "in_progress":
        return
    desk.moves(job, "9d")
    assert desk.does("release", job)["status"] == "pending"
    assert desk.news(bisi) == ["offer"]


@pytest.mark.parametrize("state", ["completed", "cancelled", "expired"])
def test_ended_job_can_not_be_released(desk: StoryDesk, ada: Person, state: str) -> None:
    job = INTO[state](desk, ada)
    assert desk.does("release", job, expect=409)["errors"] == {"status": [state]}
