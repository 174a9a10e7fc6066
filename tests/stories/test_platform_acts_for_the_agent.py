"""The platform confirms and completes for the agent: once, as if the agent had replied."""

import pytest

from tests.stories.desk import StoryDesk
from tests.stories.keeping import SAME, another
from tests.stories.people import Person, client_of
from tests.stories.ways import INTO, approved, assigned, in_progress


def test_platform_approves_the_schedule(desk: StoryDesk, ada: Person) -> None:
    job = assigned(desk, ada)
    assert desk.does("approve_schedule", job)["status"] == "approved"
    assert desk.news(ada) == ["approved"]
    assert desk.news(client_of(job)) == ["approved_client"]
    assert set(desk.timers(job)) >= {"reminder", "ending"}
    desk.wait_for(job, "reminder")
    assert desk.news(ada) == ["reminder_agent"]  # and no nudge is due


def test_second_approval_sends_nothing(desk: StoryDesk, ada: Person) -> None:
    job = assigned(desk, ada)
    for _ in range(3):
        assert desk.does("approve_schedule", job)["status"] == "approved"
    assert desk.says(ada, "CONFIRM") == ["explain_approved"]
    assert desk.told(ada).count("approved") == 1
    assert desk.told(client_of(job)) == ["approved_client"]
    assert desk.timeline(job).count("approved") == 1


@pytest.mark.parametrize("state", ["pending", "in_progress", "completed"])
def test_job_that_is_not_assigned_can_not_be_approved(desk: StoryDesk, ada: Person, state: str) -> None:
    job = INTO[state](desk, ada)
    answer = desk.does("approve_schedule", job, expect=409)
    assert answer["errors"] == {"status": [state]}
    assert state in answer["message"]
    assert desk.stands(job)[0] == state
    assert desk.news(ada) == desk.news(client_of(job)) == []


@pytest.mark.parametrize("state", ["approved", "in_progress"])
def test_platform_completes_the_inspection(desk: StoryDesk, ada: Person, state: str) -> None:
    job = INTO[state](desk, ada, "90m")
    assert desk.does("complete_inspection", job)["status"] == "completed"
    assert desk.news(ada) == ["completed_agent"]
    assert desk.news(client_of(job)) == ["completed_client"]
    assert desk.timers(job) == {}
    desk.wait(days=3)
    assert desk.news(ada) == desk.news(client_of(job)) == []


def test_second_completion_sends_nothing(desk: StoryDesk, ada: Person) -> None:
    job = in_progress(desk, ada)
    for _ in range(3):
        assert desk.does("complete_inspection", job)["status"] == "completed"
    assert desk.says(ada, "COMPLETE") == ["explain_completed"]
    assert desk.told(ada).count("completed_agent") == 1
    assert desk.told(client_of(job)).count("completed_client") == 1


@pytest.mark.parametrize("state", ["assigned", "cancelled", "expired"])
def test_job_that_is_not_approved_can_not_be_completed(desk: StoryDesk, ada: Person, state: str) -> None:
    job = INTO[state](desk, ada)
    assert desk.does("complete_inspection", job, expect=409)["errors"] == {"status": [state]}
    assert desk.stands(job)[0] == state
    assert desk.news(ada) == desk.news(client_of(job)) == []


def test_agents_confirm_that_crosses_with_the_approval_has_one_effect(desk: StoryDesk, ada: Person) -> None:
    job = assigned(desk, ada)
    with desk.at_once():
        desk.says(ada, "CONFIRM")
        desk.does("approve_schedule", job)
    assert desk.news(ada)[0] == "approved"
    assert desk.told(client_of(job)) == ["approved_client"]
    assert desk.timeline(job).count("approved") == 1


def test_job_approved_past_its_end_is_asked_about_at_once(desk: StoryDesk, ada: Person) -> None:
    job = assigned(desk, ada, "1h")
    desk.wait(hours=3)
    desk.no_news()
    desk.does("approve_schedule", job)
    desk.wait(minutes=1)
    assert desk.news(ada) == ["approved", "ask_completed"]
    desk.wait(minutes=31)
    assert desk.attention(job) == "not_completed"
    assert "reminder_client" not in desk.told(client_of(job))


def test_acting_on_an_unknown_job_is_404(desk: StoryDesk) -> None:
    for what in ("approve_schedule", "complete_inspection", "cancel", "release"):
        desk.does(what, {"id": "65f0c0ffee65f0c0ffee0001"}, expect=404)


def test_overlapping_visits_of_one_agent_are_allowed_and_marked(desk: StoryDesk, ada: Person) -> None:
    first, apart, second = assigned(desk, ada, "50h"), assigned(desk, ada, "60h"), approved(desk, ada, "50h")
    assert desk.stands(second) == ("approved", ada.phone)
    assert [desk.timeline(job).count("overlaps") for job in (first, apart, second)] == [0, 0, 1]
    timeline = desk.call("GET", f"/api/jobs/{second['id']}/timeline")
    flag = next(event for event in timeline if event["name"] == "overlaps")
    assert flag["agent_phone"] == ada.phone
    assert flag["facts"]["jobs"] == [first["id"]]


def test_visit_moved_onto_another_is_marked_as_overlapping(desk: StoryDesk, ada: Person) -> None:
    first, second = assigned(desk, ada, "50h"), approved(desk, ada, "60h")
    desk.puts(second, inspection_date=first["inspection_date"], inspection_time=first["inspection_time"])
    assert desk.timeline(second)[-2:] == ["moved", "overlaps"]
    desk.moves(second, "70h")
    assert desk.timeline(second)[-1] == "moved"


@pytest.mark.parametrize("key", ["id", "phone"])
def test_platform_gives_a_job_to_an_agent(desk: StoryDesk, ada: Person, bisi: Person, key: str) -> None:
    job = desk.asks()
    desk.no_news()
    given = desk.does("assign", job, agent=getattr(ada, key))
    assert (given["status"], given["assigned_agent"]) == ("assigned", ada.phone)
    assert (desk.news(ada), desk.news(bisi)) == (["assigned"], ["taken"])
    assert desk.offers(job) == {(1, ada.phone): "won", (1, bisi.phone): "taken"}
    assert desk.does("assign", job, agent=ada.id)["status"] == "assigned"  # repeated: nothing more
    assert desk.says(ada, "CONFIRM") == ["approved"]
    assert desk.does("assign", job, agent=ada.id)["status"] == "approved"
    refused = desk.does("assign", job, agent=bisi.id, expect=409)
    assert refused["message"] == "No longer possible: the job is approved."
    assert desk.timeline(job).count("assigned") == 1


@pytest.mark.parametrize("before", ["NO", "YES and gave it back", "never offered", "paused"])
def test_platform_gives_a_job_to_an_agent_whatever_became_of_their_offer(
    desk: StoryDesk, ada: Person, bisi: Person, before: str
) -> None:
    if before == "paused":
        desk.says(ada, "PAUSE 5h")
    job = desk.asks()
    if before == "NO":
        desk.says(ada, "NO")
    if before.startswith("YES"):
        desk.says(ada, "YES")
        desk.says(ada, "RELEASE")
    agent = desk.hires("Chidi") if before == "never offered" else ada
    desk.no_news()
    assert desk.does("assign", job, agent=agent.id)["assigned_agent"] == agent.phone
    assert desk.news(agent) == ["assigned"]
    assert desk.says(agent, "CONFIRM") == ["approved"]


def test_job_held_for_another_agent_can_be_given_to_this_one(desk: StoryDesk, ada: Person, bisi: Person) -> None:
    assigned(desk, ada, **SAME)
    job = another(desk)
    assert desk.does("assign", job, agent=bisi.id)["assigned_agent"] == bisi.phone
    assert desk.news(bisi)[-1] == "assigned"
    assert set(desk.timers(job)) == {"nudge", "visit_start"}


def test_earlier_yes_of_another_agent_gets_the_news_that_the_job_is_taken(
    desk: StoryDesk, ada: Person, bisi: Person
) -> None:
    job = desk.asks()
    desk.no_news()
    with desk.at_once():
        desk.says(bisi, "YES")
        desk.work("inbox")
        desk.does("assign", job, agent=ada.id)
    assert desk.stands(job) == ("assigned", ada.phone)
    assert (desk.news(ada), desk.news(bisi)) == (["assigned"], ["taken"])


def test_job_is_not_given_to_an_inactive_or_unknown_agent_or_after_its_start(desk: StoryDesk, ada: Person) -> None:
    job = desk.asks("1h")
    for unknown in ("nobody", "+2348039999999", "65f000000000000000000000"):
        assert desk.does("assign", job, agent=unknown, expect=422)["errors"] == {"agent": ["There is no such agent."]}
    assert "agent" in desk.call("POST", f"/api/jobs/{job['id']}/assign", {}, 422)["errors"]
    desk.changes(ada, status="inactive")
    assert desk.does("assign", job, agent=ada.id, expect=409)["message"] == "This agent is not active."
    desk.changes(ada, status="active")
    desk.does("cancel", job)
    refused = desk.does("assign", job, agent=ada.id, expect=409)
    assert refused["message"] == "No longer possible: the job is cancelled."


def test_platform_begins_the_visit(desk: StoryDesk, ada: Person) -> None:
    job = approved(desk, ada, "1h")
    assert desk.does("begin", job)["status"] == "in_progress"
    assert desk.news(ada) == ["began"]
    assert desk.does("begin", job)["status"] == "in_progress"
    assert set(desk.timers(job)) == {"ending"}
    assert desk.timeline(job).count("in_progress") == 1


def test_visit_can_not_be_begun_long_before_its_time_or_unconfirmed(desk: StoryDesk, ada: Person) -> None:
    early = desk.does("begin", approved(desk, ada, "3h"), expect=409)
    assert early["message"] == "Not possible yet: a visit begins at most two hours before its time."
    unconfirmed = desk.does("begin", assigned(desk, ada, "1h"), expect=409)
    assert unconfirmed["message"] == "Not possible yet: the job is assigned."
