"""Time runs out: nobody takes a job, or its agent has not confirmed when the visit should begin."""

import pytest

from tests.office import Office
from tests.stories.desk import StoryDesk
from tests.stories.people import Person, client_of
from tests.stories.ways import approved, assigned, in_progress, pending


@pytest.mark.parametrize(("starts_in", "left"), [("2d", 180), ("2h", 60)])
def test_job_that_nobody_takes_needs_attention_before_its_start_and_raises_an_alarm_at_its_end(
    desk: StoryDesk, office: Office, ada: Person, starts_in: str, left: int
) -> None:
    job = pending(desk, ada, starts_in)
    timers = desk.timers(job)
    assert abs((timers["expiry"] - timers["not_taken"]).total_seconds() - left * 60) < 60
    desk.wait_for(job, "not_taken")
    assert (desk.attention(job), office.reasons()) == ("not_taken", ["not_taken"])
    desk.wait_for(job, "expiry")
    assert desk.stands(job) == ("expired", None)
    assert [alarm["event"] for alarm in office.alarms] == ["job_needs_attention", "job_expired"]
    assert office.alarms[-1]["code"] == job["code"]
    assert (desk.attention(job), desk.timers(job)) == (None, {})


def test_late_yes_ends_the_attention_of_a_job_that_nobody_had_taken(desk: StoryDesk, ada: Person) -> None:
    job = pending(desk, ada)
    desk.wait_for(job, "not_taken")
    assert desk.says(ada, "YES") == ["assigned"]
    assert desk.attention(job) is None


def test_visit_that_should_begin_unconfirmed_raises_an_alarm_and_its_client_is_informed(
    desk: StoryDesk, office: Office, ada: Person
) -> None:
    job = assigned(desk, ada)
    client = client_of(job)
    desk.wait_for(job, "visit_start")
    assert (desk.attention(job), desk.news(client)) == ("unconfirmed", ["unconfirmed_client"])
    assert office.alarms[-1]["event"] == "start_unconfirmed"
    assert desk.says(ada, "CONFIRM") == ["approved"]
    assert desk.news(client) == ["approved_client"]
    assert desk.attention(job) is None


def test_confirmed_visit_begins_without_an_alarm(desk: StoryDesk, office: Office, ada: Person) -> None:
    job = approved(desk, ada)
    desk.wait(hours=48)
    assert (desk.attention(job), office.alarms) == (None, [])


def test_timers_that_can_do_nothing_more_are_cleared(desk: StoryDesk, ada: Person) -> None:
    kinds = {
        way.__name__: set(desk.timers(way(desk, ada, starts)))
        for way, starts in ((pending, "2d"), (assigned, "3d"), (approved, "4d"), (in_progress, "90m"))
    }
    assert kinds == {
        "pending": {"expiry", "not_taken"},
        "assigned": {"nudge", "visit_start"},
        "approved": {"reminder", "ending"},
        "in_progress": {"ending"},
    }
