"""BEGIN and COMPLETE long before the visit: the agent is asked back, and the platform gets 409."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.stories.desk import StoryDesk
from tests.stories.people import Person, client_of
from tests.stories.ways import approved

AUCKLAND = ZoneInfo("Pacific/Auckland")


@pytest.mark.parametrize(("said", "asks"), [("BEGIN", "BEGIN"), ("start", "BEGIN"), ("done ✅", "COMPLETE")])
def test_begin_and_complete_days_before_the_visit_are_asked_back(
    desk: StoryDesk, ada: Person, said: str, asks: str
) -> None:
    job = approved(desk, ada, "2d")
    assert desk.says(ada, said) == ["too_early"]
    assert f"*{asks} {job['code']}* at the time of the visit" in desk.last(ada)
    assert desk.says(ada, f"{said} {job['code']}") == ["too_early"]
    assert desk.stands(job) == ("approved", ada.phone)
    assert desk.news(client_of(job)) == []


def test_visit_is_completed_from_midnight_in_its_zone_on(desk: StoryDesk, ada: Person) -> None:
    job = approved(desk, ada, "3d", timezone="Pacific/Auckland", inspection_time="10:00")
    starts = datetime.fromisoformat(job["starts_at"]).astimezone(AUCKLAND)
    midnight = starts.replace(hour=0, minute=0)
    desk.wait_until(midnight - timedelta(minutes=1))
    assert desk.says(ada, "COMPLETE") == ["too_early"]
    refused = desk.does("complete_inspection", job, expect=409)
    assert refused["message"] == "Not possible yet: the day of the visit has not begun in its time zone."
    desk.wait_until(midnight + timedelta(minutes=1))
    assert desk.says(ada, "COMPLETE") == ["completed_agent"]


def test_visit_begins_at_most_two_hours_early(desk: StoryDesk, ada: Person) -> None:
    job = approved(desk, ada, "5h")
    starts = datetime.fromisoformat(job["starts_at"])
    desk.wait_until(starts - timedelta(hours=2, seconds=1))
    assert desk.says(ada, "BEGIN") == ["too_early"]
    desk.wait_until(starts - timedelta(hours=2))
    assert desk.says(ada, "BEGIN") == ["began"]
    assert desk.says(ada, "COMPLETE") == ["completed_agent"]


def test_complete_of_a_moved_visit_counts_by_its_new_time(desk: StoryDesk, ada: Person) -> None:
    job = approved(desk, ada, "2d")
    desk.moves(job, "1h")
    assert desk.says(ada, "CONFIRM") == ["approved"]
    assert desk.says(ada, "COMPLETE") == ["completed_agent"]
