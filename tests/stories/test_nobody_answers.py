"""Whoever has a job and says nothing is asked once more; then operations see it."""

from datetime import timedelta

import pytest

from tests.office import Office
from tests.stories.desk import Desk
from tests.stories.people import Person, client_of
from tests.stories.ways import INTO, approved, assigned, away


def test_who_does_not_confirm_is_asked_once_more_and_then_listed(desk: Desk, office: Office, ada: Person) -> None:
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
def test_who_confirms_is_not_asked_again(desk: Desk, ada: Person, nudged: bool) -> None:
    job = assigned(desk, ada)
    if nudged:
        desk.wait_for(job, "nudge")
    assert desk.says(ada, "ok") == ["approved"]
    desk.wait(hours=2)
    assert desk.news(ada) == []
    assert desk.attention(job) is None


@pytest.mark.parametrize("way", ["confirm", "release", "cancel"])
def test_once_it_is_settled_nobody_need_look_at_it(desk: Desk, ada: Person, bisi: Person, way: str) -> None:
    job = assigned(desk, ada)
    desk.wait(minutes=61)
    assert desk.attention(job) == "unconfirmed"
    desk.says(ada, "CONFIRM") if way == "confirm" else desk.does(way, job)
    assert desk.attention(job) is None


def test_shortly_before_the_visit_there_is_less_patience(desk: Desk, ada: Person) -> None:
    job = assigned(desk, ada, "20m")
    start = desk.timers(job)["nudge"]
    assert start - desk.clock.now() <= timedelta(minutes=10)
    desk.wait_for(job, "nudge")
    desk.wait_for(job, "unconfirmed")
    assert desk.attention(job) == "unconfirmed"


@pytest.mark.parametrize("state", ["approved", "in_progress"])
def test_past_its_end_the_agent_is_asked_once_and_then_operations(
    desk: Desk, office: Office, ada: Person, state: str
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


def test_who_begins_when_it_should_be_over_is_asked_and_listed_anew(desk: Desk, office: Office, ada: Person) -> None:
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


def test_who_begins_late_is_not_listed_for_having_been_asked_before(desk: Desk, ada: Person) -> None:
    job = approved(desk, ada, "2h")
    desk.wait_for(job, "ending")
    desk.says(ada, f"BEGIN {job['code']}")
    desk.wait(minutes=40)
    assert desk.attention(job) is None


def test_it_is_asked_an_hour_after_its_start(desk: Desk, ada: Person) -> None:
    job = approved(desk, ada, "2h")
    reminder, ending = desk.timers(job)["reminder"], desk.timers(job)["ending"]
    assert ending - reminder == timedelta(minutes=90)


@pytest.mark.parametrize(
    ("state", "standing"), [("assigned", "inactive"), ("approved", "STOP"), ("in_progress", "suspended")]
)
def test_the_jobs_of_who_goes_away_are_listed(
    desk: Desk, office: Office, ada: Person, state: str, standing: str
) -> None:
    job = INTO[state](desk, ada)
    away(desk, ada, standing)
    assert (desk.attention(job), office.reasons()) == ("agent_inactive", ["agent_inactive"])
    assert desk.stands(job) == (state, ada.phone)


@pytest.mark.parametrize("standing", ["inactive", "STOP"])
def test_and_are_in_good_hands_again_when_they_come_back(desk: Desk, ada: Person, standing: str) -> None:
    job = approved(desk, ada)
    away(desk, ada, standing)
    desk.says(ada, "START") if standing == "STOP" else desk.changes(ada, status="active")
    assert desk.attention(job) is None
    assert desk.says(ada, "BEGIN") == ["began"]


def test_or_are_given_to_somebody_else(desk: Desk, ada: Person, bisi: Person) -> None:
    job = approved(desk, ada)
    desk.changes(ada, status="suspended")
    assert desk.attention(job) == "agent_inactive"
    desk.does("release", job)
    assert desk.attention(job) is None
    assert desk.says(bisi, "YES") == ["assigned"]
    assert desk.stands(job) == ("assigned", bisi.phone)


def test_who_is_inactive_may_end_what_they_began_and_is_listed_until_then(desk: Desk, ada: Person) -> None:
    job = assigned(desk, ada)
    desk.changes(ada, status="inactive")
    assert desk.says(ada, "CONFIRM") == ["approved"]
    assert desk.attention(job) == "agent_inactive"
    assert desk.says(ada, "BEGIN") == ["began"]
    assert desk.attention(job) == "agent_inactive"
    assert desk.says(ada, "COMPLETE") == ["completed_agent"]
    assert desk.attention(job) is None


@pytest.mark.parametrize("reason", ["unconfirmed", "not_completed"])
def test_a_break_of_the_agent_does_not_hide_what_is_still_to_be_looked_at(desk: Desk, ada: Person, reason: str) -> None:
    job = assigned(desk, ada) if reason == "unconfirmed" else approved(desk, ada, "2h")
    desk.wait(hours=4)
    assert desk.attention(job) == reason
    desk.changes(ada, status="inactive")
    assert desk.attention(job) is not None
    desk.changes(ada, status="active")
    assert desk.attention(job) == reason


def test_the_list_is_of_those_to_look_at_and_of_no_others(desk: Desk, ada: Person) -> None:
    good, bad = approved(desk, ada), assigned(desk, ada)
    desk.wait(minutes=61)
    listed = {flag: desk.call("GET", f"/api/jobs/?attention={flag}") for flag in ("true", "false")}
    assert [row["id"] for row in listed["true"]] == [bad["id"]]
    assert [row["id"] for row in listed["false"]] == [good["id"]]
    assert listed["true"][0]["attention_since"] is not None
