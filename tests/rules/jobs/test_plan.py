"""When a visit can be, and what a change of its plan means."""

from datetime import UTC, datetime, timedelta

import pytest

from dispatch.rules.jobs import plan as jobs_plan
from dispatch.rules.jobs.plan import FURTHEST, Unplannable
from tests.tables import each_row

NOW = datetime(2027, 1, 10, 12, tzinfo=UTC)
HOUSE = {"property_id": "p1", "title": "Blue House", "address": "1 Marina, Lagos", "bedrooms": 3}
JOB = {
    "inspection_date": "2027-01-15",
    "inspection_time": "14:00",
    "timezone": "Africa/Lagos",
    "starts_at": datetime(2027, 1, 15, 13, tzinfo=UTC),
    "notes": "Ring twice",
    "property_id": "p1",
    "property_details": HOUSE,
}


def plan(day: str, at: str, zone: str = "Africa/Lagos") -> dict[str, str]:
    return {"inspection_date": day, "inspection_time": at, "timezone": zone}


@each_row(
    ("details", "moment"),
    [
        pytest.param(plan("2027-01-15", "14:00"), datetime(2027, 1, 15, 13, tzinfo=UTC), id="Lagos"),
        pytest.param(plan("2027-07-15", "14:00", "Europe/Berlin"), datetime(2027, 7, 15, 12, tzinfo=UTC), id="summer"),
        pytest.param(plan("2027-01-10", "13:01"), NOW + timedelta(minutes=1), id="in a minute"),
        pytest.param(plan("2032-01-12", "13:00"), datetime(2032, 1, 12, 12, tzinfo=UTC), id="nearly five years"),
    ],
)
def test_date_time_and_zone_give_the_start_of_the_visit(details: dict[str, str], moment: datetime) -> None:
    assert jobs_plan.starts_at(details, NOW) == moment


@each_row(
    ("details", "field", "why"),
    [
        pytest.param(plan("2027-01-10", "13:00"), "inspection_date", "past", id="this very moment"),
        pytest.param(plan("2026-12-31", "14:00"), "inspection_date", "past", id="the past"),
        pytest.param(plan("2027-03-28", "02:30", "Europe/Berlin"), "inspection_time", "not exist", id="clocks jump"),
        pytest.param(plan("9999-12-31", "23:59"), "inspection_date", "five years", id="the end of the calendar"),
    ],
)
def test_impossible_plan_names_the_wrong_field(details: dict[str, str], field: str, why: str) -> None:
    with pytest.raises(Unplannable, match=why) as fault:
        jobs_plan.starts_at(details, NOW)
    assert (fault.value.field, why in fault.value.why) == (field, True)


def test_visit_more_than_five_years_ahead_is_refused() -> None:
    last = NOW + FURTHEST
    details = plan(last.date().isoformat(), f"{last:%H:%M}", "UTC")
    assert jobs_plan.starts_at(details, NOW) == last
    with pytest.raises(Unplannable, match="five years"):
        jobs_plan.starts_at(details, NOW - timedelta(milliseconds=1))


@each_row(
    ("given", "changed"),
    [
        pytest.param({}, {}, id="nothing"),
        pytest.param(JOB | {"property": HOUSE}, {}, id="all as it is"),
        pytest.param({"property": {}}, {}, id="nothing of the property"),
        pytest.param({"inspection_date": None, "inspection_time": None, "timezone": None}, {}, id="blanks left out"),
        pytest.param({"notes": "Ring once"}, {"notes": "Ring once"}, id="notes"),
        pytest.param({"notes": None}, {"notes": None}, id="no notes any more"),
        pytest.param(
            {"inspection_time": "15:30"},
            {"inspection_time": "15:30", "starts_at": datetime(2027, 1, 15, 14, 30, tzinfo=UTC)},
            id="a time",
        ),
        pytest.param(
            {"inspection_date": "2027-02-01", "inspection_time": "14:00"},
            {"inspection_date": "2027-02-01", "starts_at": datetime(2027, 2, 1, 13, tzinfo=UTC)},
            id="a day, and the time as it is",
        ),
        pytest.param(
            {"timezone": "UTC"},
            {"timezone": "UTC", "starts_at": datetime(2027, 1, 15, 14, tzinfo=UTC)},
            id="a zone",
        ),
        pytest.param(
            {"property": {"bedrooms": 4}}, {"property_details": HOUSE | {"bedrooms": 4}}, id="a detail of the property"
        ),
        pytest.param(
            {"property": {"zone": "Lekki"}}, {"property_details": HOUSE | {"zone": "Lekki"}}, id="one more detail"
        ),
        pytest.param(
            {"property": {"images": ["a.png"]}}, {"property_details": HOUSE | {"images": ["a.png"]}}, id="images"
        ),
        pytest.param({"notes": "Ring t\u0077ice"}, {}, id="the same notes"),
        pytest.param({"status": "completed", "code": "K7F3", "agent": 1}, {}, id="what is not a plan's"),
    ],
)
def test_only_fields_that_differ_are_changed(given: dict, changed: dict) -> None:
    job = {**JOB, "property_details": dict(HOUSE)}
    assert jobs_plan.changes(job, given, NOW) == changed
    assert job == JOB  # which is the caller's


@each_row(
    ("has", "given"),
    [
        pytest.param({"timezone": "Asia/Calcutta"}, {"timezone": "Asia/Kolkata"}, id="another name of the zone"),
        pytest.param({"timezone": "UTC"}, {"timezone": "Etc/GMT0"}, id="another name of UTC"),
        pytest.param({"notes": "Caf\u00e9"}, {"notes": "Cafe\u0301"}, id="decomposed notes"),
        pytest.param({"notes": "Cafe\u0301"}, {"notes": "Caf\u00e9"}, id="composed notes"),
        pytest.param(
            {"property_details": HOUSE | {"title": "Caf\u00e9", "features": ["\u1ecc"]}},
            {"property": {"title": "Cafe\u0301", "features": ["O\u0323"]}},
            id="decomposed property",
        ),
        pytest.param(
            {"property_id": "\u00e9", "property_details": HOUSE | {"property_id": "\u00e9"}},
            {"property": {"property_id": "e\u0301"}},
            id="decomposed property_id",
        ),
    ],
)
def test_same_zone_or_text_in_another_form_is_no_change(has: dict, given: dict) -> None:
    assert jobs_plan.changes(JOB | has, given, NOW) == {}


def test_field_in_another_form_stays_as_it_is_beside_a_changed_one() -> None:
    job = JOB | {"property_details": HOUSE | {"title": "Caf\u00e9"}}
    changed = jobs_plan.changes(job, {"property": {"title": "Cafe\u0301", "bedrooms": 9}}, NOW)
    assert changed == {"property_details": HOUSE | {"title": "Caf\u00e9", "bedrooms": 9}}


def test_other_property_has_its_known_details_and_the_given_ones() -> None:
    known = {"property_id": "p2", "title": "The other", "address": "9 Far Road"}
    given = {"property": {"property_id": "p2", "price": 5}}
    changed = {"property_id": "p2", "property_details": {**known, "price": 5}}
    assert jobs_plan.changes(JOB, given, NOW, another=known) == changed


def test_unknown_other_property_needs_title_and_address() -> None:
    with pytest.raises(Unplannable) as fault:
        jobs_plan.changes(JOB, {"property": {"property_id": "p2"}}, NOW, another={})
    assert set(fault.value.errors["property"]) == {"title", "address"}


def test_unchanged_plan_in_the_past_is_accepted() -> None:
    """The notes of a visit that has begun can change. Its time is not checked again."""
    after = JOB["starts_at"] + timedelta(hours=1)
    given = {name: JOB[name] for name in ("inspection_date", "inspection_time", "timezone")} | {"notes": "Blue door"}
    assert jobs_plan.changes(JOB, given, after) == {"notes": "Blue door"}


@each_row("given", [{"inspection_date": "2027-01-09"}, {"timezone": "UTC"}])
def test_changed_plan_is_checked_as_a_whole(given: dict[str, str]) -> None:
    now = datetime(2027, 1, 15, 14, tzinfo=UTC)
    with pytest.raises(Unplannable, match="past"):
        jobs_plan.changes(JOB, given, now)


@each_row(
    ("changed", "event"),
    [
        pytest.param({"inspection_date": "2027-02-01"}, "moved", id="another day"),
        pytest.param({"inspection_time": "15:30"}, "moved", id="another time"),
        pytest.param({"timezone": "UTC"}, "moved", id="another zone"),
        pytest.param({"property_details": HOUSE | {"address": "2 Marina, Lagos"}}, "moved", id="another address"),
        pytest.param({"property_details": HOUSE | {"property_id": "p2"}}, "moved", id="another property"),
        pytest.param({"property_details": HOUSE | {"title": "Red House"}}, "changed", id="another title"),
        pytest.param({"notes": "Ring once"}, "changed", id="other notes"),
        pytest.param({"notes": "Ring once", "inspection_time": "15:30"}, "moved", id="notes and time"),
        pytest.param({"notes": None}, "changed", id="no notes"),
        pytest.param({"notes": "Ring\u200b twice"}, "edited", id="an invisible character in the notes"),
        pytest.param({"property_details": HOUSE | {"images": ["a.png"]}}, "edited", id="images"),
        pytest.param({"property_details": HOUSE | {"description": "Sunny"}}, "edited", id="description"),
        pytest.param({"property_details": HOUSE | {"price": 7, "zone": "Lekki"}}, "edited", id="price and zone"),
        pytest.param({"property_details": HOUSE | {"title": "Blue  House"}}, "edited", id="blanks of the title"),
        pytest.param(
            {"property_details": HOUSE | {"address": "1 Marina,\u200b Lagos"}}, "edited", id="address as seen"
        ),
        pytest.param({"property_details": HOUSE | {"images": []}, "notes": "Go"}, "changed", id="images and notes"),
    ],
)
def test_changed_fields_decide_the_event(changed: dict, event: str) -> None:
    assert jobs_plan.event(JOB, changed) == event


@each_row(
    ("minutes", "overlapping"),
    [
        pytest.param(0, True, id="at once"),
        pytest.param(59, True, id="the end of one in the other"),
        pytest.param(-59, True, id="the other way round"),
        pytest.param(60, False, id="one after the other"),
        pytest.param(-60, False, id="one before the other"),
        pytest.param(24 * 60, False, id="a day apart"),
    ],
)
def test_visits_overlap_if_less_than_their_length_apart(minutes: int, overlapping: bool) -> None:
    assert jobs_plan.overlap(NOW, NOW + timedelta(minutes=minutes), timedelta(hours=1)) is overlapping
