"""Details of a job change: only its agent gets the news, and a change that is not possible is named."""

from datetime import date, timedelta
from typing import Any

import pytest

from dispatch.models.base.record import utc_now
from tests.stories.desk import StoryDesk
from tests.stories.people import Person, client_of, when
from tests.stories.ways import INTO, OVER, approved, assigned, pending

_MARCH = date(utc_now().year + 1, 3, 31)
#: The last Sunday of a future March: Berlin has no 02:30 on that day.
CLOCKS_CHANGE = (_MARCH - timedelta(days=_MARCH.isoweekday() % 7)).isoformat()


@pytest.mark.parametrize("state", ["assigned", "approved", "in_progress"])
def test_agent_gets_new_details_and_nothing_else_changes(desk: StoryDesk, ada: Person, state: str) -> None:
    job = INTO[state](desk, ada)
    timers = desk.timers(job)
    desk.puts(job, notes="The gate code is 4711", property={"title": "Blue House"})
    assert desk.news(ada) == ["details_changed"]
    assert "The gate code is 4711" in desk.last(ada)
    assert "Blue House" in desk.last(ada)
    assert desk.news(client_of(job)) == []
    assert desk.stands(job) == (state, ada.phone)
    assert desk.timers(job) == timers


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_put_and_patch_change_what_they_name_of_a_job(desk: StoryDesk, ada: Person, method: str) -> None:
    job = desk.job(assigned(desk, ada, property__zone="Lekki"))
    given = {"notes": None, "property": {"zone": None, "title": "Blue House"}}
    changed = desk.call(method, f"/api/jobs/{job['id']}", given)
    house = {**job["property_details"], "zone": None, "title": "Blue House"}
    same = {name: value for name, value in job.items() if name not in ("notes", "property_details", "updated_at")}
    assert changed == {**same, "notes": None, "property_details": house, "updated_at": changed["updated_at"]}
    assert desk.news(ada) == ["details_changed"]


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_job_without_a_time_zone_has_the_time_zone_of_the_desk(desk: StoryDesk, ada: Person, method: str) -> None:
    job = assigned(desk, ada, timezone="Africa/Accra")
    changed = desk.call(method, f"/api/jobs/{job['id']}", {"timezone": None})
    assert changed["timezone"] == "Africa/Lagos"
    assert desk.news(ada) == ["moved_agent"]


@pytest.mark.parametrize(
    ("has", "gets"),
    [
        pytest.param({"timezone": "Asia/Calcutta"}, {"timezone": "Asia/Kolkata"}, id="another name of the time zone"),
        pytest.param({"notes": "Caf\u00e9"}, {"notes": "Cafe\u0301"}, id="notes in another Unicode form"),
        pytest.param(
            {"property__address": "Stra\u00dfe \u00c5 1"},
            {"property": {"address": "Stra\u00dfe A\u030a 1"}},
            id="address in another Unicode form",
        ),
    ],
)
@pytest.mark.parametrize("way", [pending, approved])
def test_same_zone_or_text_in_another_form_changes_nothing(
    desk: StoryDesk, ada: Person, way: Any, has: dict[str, Any], gets: dict[str, Any]
) -> None:
    job = desk.job(way(desk, ada, **has))
    events = desk.timeline(job)
    desk.puts(job, **gets)
    assert (desk.job(job), desk.timeline(job)) == (job, events)
    assert desk.news(ada) == desk.news(client_of(job)) == []


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"images": ["https://x.example/1.png"]}, id="images"),
        pytest.param({"description": "Sunny, with a view"}, id="description"),
        pytest.param({"bedrooms": 5, "price": 7, "features": ["pool"], "zone": "Ikoyi"}, id="figures"),
        pytest.param({"title": "3-Bedroom\u200b Apartment"}, id="an invisible character in the title"),
    ],
)
def test_details_that_nobody_is_shown_are_saved_and_announced_to_nobody(
    desk: StoryDesk, ada: Person, fields: dict[str, Any]
) -> None:
    job = approved(desk, ada)
    timers = desk.timers(job)
    changed = desk.puts(job, property=fields)
    assert fields.items() <= changed["property_details"].items()
    assert fields.items() <= desk.call("GET", f"/api/properties/{job['property_id']}").items()
    assert desk.timeline(job)[-1] == "edited"
    assert desk.timers(job) == timers
    assert desk.news(ada) == desk.news(client_of(job)) == []
    desk.puts(job, notes="The gate code is 4711")
    assert desk.news(ada) == ["details_changed"]


def test_news_that_wait_are_sent_although_details_that_nobody_is_shown_change(desk: StoryDesk, ada: Person) -> None:
    job = assigned(desk, ada)
    with desk.at_once():
        desk.puts(job, notes="The gate code is 4711")
        desk.puts(job, property={"images": ["1.png"]})
    assert desk.news(ada) == ["details_changed"]


def test_new_details_of_a_pending_job_are_news_for_nobody(desk: StoryDesk, ada: Person) -> None:
    job = pending(desk, ada)
    desk.puts(job, notes="The gate code is 4711", property={"bedrooms": 4})
    assert desk.news(ada) == desk.news(client_of(job)) == []
    assert desk.offers(job) == {(1, ada.phone): "open"}
    assert desk.says(ada, "YES") == ["assigned"]
    assert "The gate code is 4711" in desk.last(ada)


def test_details_changed_twice_at_once_are_one_message(desk: StoryDesk, ada: Person) -> None:
    job = assigned(desk, ada)
    with desk.at_once():
        desk.puts(job, notes="The gate code is 4711")
        desk.puts(job, notes="The gate code is 4712")
    assert desk.news(ada) == ["details_changed"]
    assert "4712" in desk.last(ada)


def test_details_changed_together_with_the_time_are_one_message(desk: StoryDesk, ada: Person) -> None:
    job = assigned(desk, ada)
    moved = desk.puts(job, notes="The gate code is 4711", **when("51h"))
    assert moved["notes"] == "The gate code is 4711"
    assert desk.news(ada) == ["moved_agent"]
    assert "The gate code is 4711" in desk.last(ada)


@pytest.mark.parametrize("state", ["pending", "approved"])
@pytest.mark.parametrize(
    "fields",
    [
        pytest.param([], id="nothing"),
        pytest.param(["inspection_date", "inspection_time", "timezone", "notes"], id="all that there is"),
        pytest.param(["property_details"], id="the property as it is"),
    ],
)
def test_move_to_the_same_time_and_place_changes_nothing(
    desk: StoryDesk, ada: Person, state: str, fields: list[str]
) -> None:
    job = desk.job(INTO[state](desk, ada))
    desk.puts(job, **{name.removesuffix("_details"): job[name] for name in fields})
    assert desk.job(job) == job
    assert desk.news(ada) == desk.news(client_of(job)) == []


def test_same_moment_in_another_time_zone_is_another_plan(desk: StoryDesk, ada: Person) -> None:
    """The texts and the visit follow the local time there."""
    job = assigned(desk, ada)
    moved = desk.puts(job, timezone="Africa/Accra")
    assert moved["starts_at"] > job["starts_at"]
    assert desk.news(ada) == ["moved_agent"]
    assert "Accra time" in desk.last(ada)


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        pytest.param({"status": "completed"}, "status", id="the status"),
        pytest.param({"code": "K7F3"}, "code", id="the code"),
        pytest.param({"client": {"client_id": "c", "name": "C", "phone": "+2348012345678"}}, "client", id="the client"),
        pytest.param({"client_id": "client_1"}, "client_id", id="the client's id"),
        pytest.param({"client_details": {"name": "C"}}, "client_details", id="the client's details"),
        pytest.param({"agent": "agent_1"}, "agent", id="the agent"),
        pytest.param({"assigned_agent": "+2348012345678"}, "assigned_agent", id="the assigned agent"),
        pytest.param({"nonsense": 1}, "nonsense", id="an unknown field"),
        pytest.param({"inspection_date": "2020-01-15"}, "inspection_date", id="the past"),
        pytest.param({"inspection_date": "9999-12-31"}, "inspection_date", id="too far ahead"),
        pytest.param({"inspection_date": None}, "inspection_date", id="no date"),
        pytest.param({"inspection_time": "25:00"}, "inspection_time", id="no such time"),
        pytest.param({"timezone": "Lagos"}, "timezone", id="no such zone"),
        pytest.param(
            {"timezone": "Europe/Berlin", "inspection_date": CLOCKS_CHANGE, "inspection_time": "02:30"},
            "inspection_time",
            id="a local time that does not exist",
        ),
        pytest.param({"property": {"title": None}}, "property", id="a property without a title"),
    ],
)
def test_invalid_change_is_refused_by_name_and_changes_nothing(
    desk: StoryDesk, ada: Person, fields: dict[str, Any], named: str
) -> None:
    job = pending(desk, ada)
    answer = desk.puts(job, expect=422, **fields)
    assert list(answer["errors"]) == [named]
    assert desk.job(job) == job
    assert desk.news(ada) == []


@pytest.mark.parametrize("state", [*OVER, "in_progress"])
def test_job_that_has_begun_or_ended_can_not_be_moved(desk: StoryDesk, ada: Person, state: str) -> None:
    job = INTO[state](desk, ada)
    for change in (when("51h"), {"property": {"address": "7 Admiralty Way, Lekki"}}):
        answer = desk.puts(job, expect=409, **change)
        assert answer["errors"] == {"status": [state]}
        assert state in answer["message"]
    assert desk.news(ada) == desk.news(client_of(job)) == []


@pytest.mark.parametrize("state", OVER)
def test_job_that_has_ended_can_not_be_changed(desk: StoryDesk, ada: Person, state: str) -> None:
    job = INTO[state](desk, ada)
    assert desk.puts(job, expect=409, notes="The gate code is 4711")["errors"] == {"status": [state]}


def test_changing_an_unknown_job_is_404(desk: StoryDesk) -> None:
    for unknown in ("65f0c0ffee65f0c0ffee0001", "nonsense"):
        desk.call("PUT", f"/api/jobs/{unknown}", {"notes": "x"}, 404)
