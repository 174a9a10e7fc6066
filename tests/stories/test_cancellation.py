"""A job is cancelled: all who know of it get the news once, and none of its timers remain."""

import pytest

from tests.stories.desk import StoryDesk
from tests.stories.people import Job, Person, client_of
from tests.stories.ways import INTO, approved, assigned, pending

WAYS = ["cancel", "delete"]


def called_off(desk: StoryDesk, job: Job, way: str) -> None:
    """Cancel or delete a job."""
    if way == "delete":
        desk.deletes(job)
    else:
        assert desk.does("cancel", job, reason="The property is sold")["status"] == "cancelled"


@pytest.mark.parametrize("way", WAYS)
def test_offered_agents_and_the_client_get_the_cancellation_once(
    desk: StoryDesk, ada: Person, bisi: Person, way: str
) -> None:
    job = pending(desk, ada)
    called_off(desk, job, way)
    for agent in (ada, bisi):
        assert desk.news(agent) == ["withdrawn"]
        assert f"*{job['code']}* has been withdrawn" in desk.last(agent)
    assert desk.news(client_of(job)) == ["cancelled_client"]
    assert "John Doe" in desk.last(client_of(job))
    assert "sold" not in desk.last(client_of(job))
    assert desk.timers(job) == {}


@pytest.mark.parametrize(("state", "way"), [("assigned", "delete"), ("approved", "cancel"), ("in_progress", "cancel")])
def test_assigned_agent_and_the_client_get_the_cancellation_once(
    desk: StoryDesk, ada: Person, bisi: Person, state: str, way: str
) -> None:
    job = INTO[state](desk, ada)
    called_off(desk, job, way)
    assert desk.news(ada) == ["cancelled_agent"]
    assert "Please do not go there" in desk.last(ada)
    assert desk.news(client_of(job)) == ["cancelled_client"]
    assert desk.news(bisi) == []
    assert desk.timers(job) == {}
    desk.wait(days=3)
    assert [desk.news(who) for who in (ada, bisi, client_of(job))] == [[], [], []]


def test_offers_and_timeline_show_the_cancellation_and_its_reason(desk: StoryDesk, ada: Person) -> None:
    job = pending(desk, ada)
    desk.does("cancel", job, reason="The property is sold")
    assert desk.offers(job) == {(1, ada.phone): "withdrawn"}
    last = desk.call("GET", f"/api/jobs/{job['id']}/timeline")[-1]
    assert (last["name"], last["reason"]) == ("cancelled", "The property is sold")


def test_second_cancellation_sends_nothing(desk: StoryDesk, ada: Person) -> None:
    job = approved(desk, ada)
    for _ in range(3):
        assert desk.does("cancel", job)["status"] == "cancelled"
    assert desk.told(ada).count("cancelled_agent") == 1
    assert desk.told(client_of(job)).count("cancelled_client") == 1
    assert desk.timeline(job).count("cancelled") == 1


@pytest.mark.parametrize("state", ["completed", "expired"])
def test_ended_job_can_not_be_cancelled(desk: StoryDesk, ada: Person, state: str) -> None:
    job = INTO[state](desk, ada)
    assert desk.does("cancel", job, expect=409)["errors"] == {"status": [state]}
    assert desk.deletes(job, expect=409)["errors"] == {"status": [state]}
    assert desk.stands(job)[0] == state
    assert desk.news(ada) == desk.news(client_of(job)) == []


def test_agents_who_declined_or_never_got_the_offer_get_no_cancellation(
    desk: StoryDesk, ada: Person, bisi: Person
) -> None:
    with desk.at_once():
        job = desk.asks()
        desk.work("broadcasting")
        desk.does("cancel", job)
    assert desk.told(ada) == desk.told(bisi) == []
    other = pending(desk, ada)
    desk.says(ada, "NO")
    desk.does("cancel", other)
    assert desk.news(ada) == []
    assert desk.news(bisi) == ["withdrawn"]


def test_agent_who_released_the_job_gets_no_cancellation(desk: StoryDesk, ada: Person, bisi: Person) -> None:
    job = assigned(desk, ada)
    desk.says(ada, "RELEASE")
    desk.no_news()
    desk.does("cancel", job)
    assert desk.news(ada) == []
    assert desk.news(bisi) == ["withdrawn"]


def test_agent_with_an_unsettled_claim_gets_the_cancellation(desk: StoryDesk, ada: Person, bisi: Person) -> None:
    job = pending(desk, ada)
    with desk.at_once():
        desk.says(ada, "YES")
        desk.work("inbox")
        assert desk.offers(job)[1, ada.phone] == "claimed"
        desk.does("cancel", job)
    assert desk.news(ada) == desk.news(bisi) == ["withdrawn"]
    assert desk.offers(job)[1, ada.phone] == "withdrawn"
    assert desk.stands(job) == ("cancelled", None)


def test_agent_with_a_claim_settled_before_the_follow_up_gets_the_cancellation_once(
    desk: StoryDesk, ada: Person
) -> None:
    job = pending(desk, ada)
    with desk.at_once():
        desk.says(ada, "YES")
        desk.work("inbox")
        desk.does("cancel", job)
        desk.wait(seconds=1)
        desk.work("assignment")
        assert desk.offers(job)[1, ada.phone] == "withdrawn"
    assert desk.news(ada) == ["withdrawn"]
    assert desk.stands(job) == ("cancelled", None)


def test_yes_that_crosses_with_the_cancellation_is_answered_once(desk: StoryDesk, ada: Person) -> None:
    job = pending(desk, ada)
    with desk.at_once():
        desk.says(ada, "YES")
        desk.does("cancel", job)
    assert desk.news(ada) == ["withdrawn"]
    assert desk.stands(job) == ("cancelled", None)


@pytest.mark.parametrize("way", WAYS)
def test_reply_after_the_cancellation_is_answered_with_the_status(
    desk: StoryDesk, ada: Person, bisi: Person, way: str
) -> None:
    job, other = assigned(desk, ada), pending(desk, ada)
    called_off(desk, other, way)
    called_off(desk, job, way)
    for said in ("YES", "NO"):
        assert desk.says(bisi, f"{said} {other['code']}") == ["gone"]
        assert f"*{other['code']}* has been cancelled" in desk.last(bisi)
    for said in ("CONFIRM", "RELEASE", "COMPLETE"):
        assert desk.says(ada, f"{said} {job['code']}") == ["gone"]
        assert f"*{job['code']}* has been cancelled" in desk.last(ada)


def test_unsent_messages_of_a_cancelled_job_are_withdrawn(desk: StoryDesk, ada: Person) -> None:
    job = assigned(desk, ada)
    with desk.at_once():
        desk.says(ada, "CONFIRM")
        desk.work("inbox")
        desk.does("cancel", job)
    assert desk.news(ada) == ["cancelled_agent"]
    assert desk.news(client_of(job)) == ["cancelled_client"]


def test_client_who_opted_out_gets_no_cancellation(desk: StoryDesk, ada: Person) -> None:
    job = assigned(desk, ada)
    desk.says(client_of(job), "STOP")
    desk.does("cancel", job)
    assert desk.news(client_of(job)) == []
    assert desk.news(ada) == ["cancelled_agent"]


def test_yes_alone_is_about_the_other_open_job_after_a_cancellation(desk: StoryDesk, ada: Person) -> None:
    """A YES alone is about the only job that is still open."""
    job, other = pending(desk, ada), pending(desk, ada)
    desk.does("cancel", job)
    desk.news(ada)
    assert desk.says(ada, f"YES {other['code']}") == ["assigned"]
    assert desk.stands(other) == ("assigned", ada.phone)
