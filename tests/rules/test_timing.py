"""Local time and UTC, reminders, and how long a claim waits."""

from datetime import UTC, date, datetime, time, timedelta, timezone

import pytest

from dispatch.rules import timing
from dispatch.rules.timing import NoSuchTime, NoSuchZone, Wait
from tests.tables import each_row


@each_row(
    ("day", "at", "zone", "moment"),
    [
        pytest.param("2027-01-15", "14:00", "Africa/Lagos", "2027-01-15T13:00", id="Lagos"),
        pytest.param("2027-01-15", "00:30", "Africa/Lagos", "2027-01-14T23:30", id="the day before in UTC"),
        pytest.param("2027-07-01", "14:00", "Europe/London", "2027-07-01T13:00", id="summer time"),
        pytest.param("2027-03-28", "00:59", "Europe/London", "2027-03-28T00:59", id="just before the gap"),
        pytest.param("2027-03-28", "02:00", "Europe/London", "2027-03-28T01:00", id="just after the gap"),
        pytest.param(
            "2027-10-31", "01:30", "Europe/London", "2027-10-31T00:30", id="an hour that comes twice: the earlier"
        ),
        pytest.param("2027-11-07", "01:30", "America/New_York", "2027-11-07T05:30", id="the same in New York"),
        pytest.param("2027-01-15", "14:00", "Asia/Kathmandu", "2027-01-15T08:15", id="a quarter of an hour"),
        pytest.param("2027-01-15", "14:00", "UTC", "2027-01-15T14:00", id="UTC"),
    ],
)
def test_local_time_becomes_utc_and_back_again(day, at, zone, moment):
    found = timing.starts_at(date.fromisoformat(day), time.fromisoformat(at), zone)
    assert found == datetime.fromisoformat(moment).replace(tzinfo=UTC)
    assert found.tzinfo is UTC
    assert timing.local(found, zone).strftime("%Y-%m-%d %H:%M") == f"{day} {at}"


@each_row(
    ("one", "other", "same"),
    [
        ("Asia/Calcutta", "Asia/Kolkata", True),
        ("Europe/Kiev", "Europe/Kyiv", True),
        ("UTC", "Etc/UTC", True),
        ("GMT", "Zulu", True),
        ("US/Eastern", "America/New_York", True),
        ("Africa/Lagos", "Africa/Kinshasa", False),
        ("Etc/GMT+5", "Etc/GMT-5", False),
    ],
)
def test_zone_has_one_canonical_name(one, other, same):
    assert (timing.canonical(one) == timing.canonical(other)) is same


@each_row(
    ("day", "at", "zone", "there"),
    [
        pytest.param("2027-03-28", "02:30", "Europe/Berlin", "2027-03-28 03:30", id="Berlin"),
        pytest.param("2027-03-27", "23:30", "America/Nuuk", "2027-03-28 00:30", id="the last hour of the day"),
        pytest.param("2027-03-27", "23:00", "America/Nuuk", "2027-03-28 00:00", id="the moment of the change"),
        pytest.param("2027-04-30", "00:15", "Africa/Cairo", "2027-04-30 01:15", id="the first hour of the day"),
        pytest.param("2027-10-03", "02:15", "Australia/Lord_Howe", "2027-10-03 02:45", id="half an hour"),
        pytest.param("2027-10-31", "02:30", "Europe/Berlin", "2027-10-31 02:30", id="an hour that comes twice"),
        pytest.param("2027-01-15", "14:00", "Africa/Lagos", "2027-01-15 14:00", id="any other time"),
    ],
)
def test_skipped_time_becomes_the_time_after_the_gap(day, at, zone, there):
    found = timing.at_or_after(date.fromisoformat(day), time.fromisoformat(at), zone)
    assert timing.local(found, zone).strftime("%Y-%m-%d %H:%M") == there


@each_row("text", ["2027-01-15T24:00", "2027-01-15T24:00:00+01:00", "2027-01-15 24:00", "2027-01-15T25:00"])
def test_hour_24_is_refused(text):
    with pytest.raises(ValueError, match="hour"):
        timing.from_iso(text)


@each_row("fold", [0, 1])
def test_fold_of_the_given_time_is_ignored(fold):
    at = time(1, 30, tzinfo=timezone(timedelta(hours=5)), fold=fold)
    found = timing.starts_at(date(2027, 10, 31), at, "Europe/London")
    assert found == datetime(2027, 10, 31, 0, 30, tzinfo=UTC)


@each_row(
    ("day", "at", "zone"),
    [
        pytest.param("2027-03-28", "01:00", "Europe/London", id="the gap begins"),
        pytest.param("2027-03-28", "01:30", "Europe/London", id="in the gap"),
        pytest.param("2027-03-14", "02:30", "America/New_York", id="New York's gap"),
        pytest.param("2027-10-03", "02:15", "Australia/Lord_Howe", id="a gap of half an hour"),
        pytest.param("2011-12-30", "12:00", "Pacific/Apia", id="a day that Samoa left out"),
        pytest.param("9999-12-31", "23:59", "America/New_York", id="after the last day"),
        pytest.param("0001-01-01", "00:00", "Africa/Lagos", id="before the first day"),
    ],
)
def test_time_skipped_by_a_clock_change_is_refused(day, at, zone):
    with pytest.raises(NoSuchTime):
        timing.starts_at(date.fromisoformat(day), time.fromisoformat(at), zone)


@each_row(
    "zone",
    [
        "",
        "Lagos",
        "africa/lagos",
        "Africa",
        "../etc/passwd",
        "/etc/passwd",
        "Africa/Lagos\x00",
        "localtime",
        "x" * 10_000,
    ],
)
def test_unknown_time_zone_is_refused(zone):
    with pytest.raises(NoSuchZone):
        timing.zone(zone)
    with pytest.raises(ValueError, match="IANA"):
        timing.starts_at(date(2027, 1, 15), time(14), zone)


def test_moment_without_a_time_zone_is_refused():
    with pytest.raises(ValueError, match="time zone"):
        timing.local(datetime(2027, 1, 15, 13), "Africa/Lagos")


START = datetime(2027, 1, 15, 13, tzinfo=UTC)


@each_row(
    ("now", "due"),
    [
        pytest.param(START - timedelta(days=1), START - timedelta(minutes=30), id="in good time"),
        pytest.param(START - timedelta(minutes=31), START - timedelta(minutes=30), id="a minute before the lead"),
        pytest.param(START - timedelta(minutes=30), None, id="to the minute: the approval is the reminder"),
        pytest.param(START - timedelta(minutes=5), None, id="approved within the lead"),
        pytest.param(START + timedelta(minutes=5), None, id="approved after the start"),
    ],
)
def test_reminder_is_due_the_lead_before_the_visit_unless_it_is_approved_later(now, due):
    assert timing.reminder_due(START, 30, now) == due


@each_row(
    ("zone", "day", "at", "starts", "reminded"),
    [
        pytest.param("Europe/London", "2027-03-28", "02:15", "01:15Z", "00:45", id="London: just after the gap"),
        pytest.param("Europe/London", "2027-03-28", "00:45", "00:45Z", "00:15", id="London: just before it"),
        pytest.param("Europe/London", "2027-10-31", "01:15", "00:15Z", "00:45", id="London: twice, the first"),
        pytest.param("Europe/London", "2027-10-31", "02:15", "02:15Z", "01:45", id="London: reminded in the second"),
        pytest.param("America/New_York", "2027-03-14", "03:10", "07:10Z", "01:40", id="New York: after the gap"),
        pytest.param("America/New_York", "2027-11-07", "01:30", "05:30Z", "01:00", id="New York: twice, the first"),
        pytest.param("America/New_York", "2027-11-07", "02:10", "07:10Z", "01:40", id="New York: in the second"),
        pytest.param("Africa/Lagos", "2027-03-28", "02:15", "01:15Z", "01:45", id="Lagos: no change, ever"),
        pytest.param("Asia/Kolkata", "2027-10-31", "01:15", "19:45Z", "00:45", id="Kolkata: a half hour off"),
        pytest.param("Australia/Lord_Howe", "2027-10-03", "02:30", "15:30Z", "01:30", id="Lord Howe: half an hour out"),
        pytest.param("Australia/Lord_Howe", "2027-10-03", "02:45", "15:45Z", "01:45", id="Lord Howe: astride the gap"),
        pytest.param("Australia/Lord_Howe", "2027-04-04", "01:45", "14:45Z", "01:15", id="Lord Howe: twice, the first"),
        pytest.param("Australia/Lord_Howe", "2027-04-04", "02:10", "15:40Z", "01:40", id="Lord Howe: in the second"),
    ],
)
def test_reminder_lead_is_in_real_minutes_across_a_clock_change(zone, day, at, starts, reminded):
    start = timing.starts_at(date.fromisoformat(day), time.fromisoformat(at), zone)
    assert f"{start:%H:%M}Z" == starts
    due = timing.reminder_due(start, 30, start - timedelta(days=1))
    assert start - due == timedelta(minutes=30)
    assert timing.local(due, zone).strftime("%H:%M") == reminded


@each_row(
    ("zone", "starts", "now", "begins", "completes"),
    [
        ("Africa/Lagos", "2027-01-15T13:00Z", "2027-01-14T22:59Z", False, False),
        ("Africa/Lagos", "2027-01-15T13:00Z", "2027-01-14T23:00Z", False, True),  # midnight in Lagos
        ("Africa/Lagos", "2027-01-15T13:00Z", "2027-01-15T10:59Z", False, True),
        ("Africa/Lagos", "2027-01-15T13:00Z", "2027-01-15T11:00Z", True, True),
        ("Africa/Lagos", "2027-01-15T13:00Z", "2027-01-16T23:00Z", True, True),
        ("Africa/Lagos", "2027-01-14T23:30Z", "2027-01-14T21:29Z", False, False),  # the visit is at 00:30
        ("Africa/Lagos", "2027-01-14T23:30Z", "2027-01-14T21:30Z", True, True),
        ("Pacific/Auckland", "2027-01-14T22:00Z", "2027-01-14T10:59Z", False, False),
        ("Pacific/Auckland", "2027-01-14T22:00Z", "2027-01-14T11:00Z", False, True),
        ("America/Santiago", "2026-09-06T14:00Z", "2026-09-06T03:59Z", False, False),  # there is no midnight
        ("America/Santiago", "2026-09-06T14:00Z", "2026-09-06T04:00Z", False, True),
    ],
)
def test_visit_begins_two_hours_early_and_is_completed_from_its_day_on(zone, starts, now, begins, completes):
    start, moment = datetime.fromisoformat(starts), datetime.fromisoformat(now)
    assert (timing.may_begin(start, moment), timing.may_be_completed(start, zone, moment)) == (begins, completes)


@each_row(("seconds", "late"), [(-60, False), (0, False), (120, False), (121, True), (172800, True)])
def test_reminder_is_late_after_the_tolerance(seconds, late):
    assert timing.is_late(START, START + timedelta(seconds=seconds)) is late


CLAIM = datetime(2026, 11, 22, 10, tzinfo=UTC)


@each_row(
    ("age", "more", "wait"),
    [
        pytest.param(0.0, {}, Wait(0.25), id="just claimed"),
        pytest.param(0.2, {}, Wait(0.05), id="not old enough"),
        pytest.param(0.25, {}, Wait(), id="old enough"),
        pytest.param(-60, {}, Wait(0.25), id="a clock behind never makes it wait longer at once"),
        pytest.param(0.2, {"rivals": [(-20, False)]}, Wait(0.05), id="young, whatever else"),
        pytest.param(1, {"rivals": [(-1, False)]}, Wait(0.5), id="an earlier message is unhandled"),
        pytest.param(1, {"rivals": [(-13.75, False)]}, Wait(0.25), id="for a quarter of a second more"),
        pytest.param(1, {"rivals": [(-14, False)]}, Wait(0, overtaken=True), id="for 15 s after its arrival"),
        pytest.param(1, {"rivals": [(-100, False)]}, Wait(0, overtaken=True), id="long after"),
        pytest.param(1, {"rivals": [(-1, True)]}, Wait(0, overtaken=True), id="failed once: no longer"),
        pytest.param(1, {"rivals": [(-1, False), (-100, False)]}, Wait(0.5), id="one, whatever an older one does"),
        pytest.param(1, {"rivals": [(-1, True), (-2, False)]}, Wait(0.5), id="the older, as the later has failed"),
        pytest.param(1, {"rivals": [(-1, False), (-2, True)]}, Wait(0.5), id="the later, as the older has failed"),
        pytest.param(1, {"rivals": [(-1, True), (-99, False)]}, Wait(0, overtaken=True), id="one failed, one too old"),
        pytest.param(1, {"rescued_waiting": True}, Wait(0.5), id="rescued forms wait"),
        pytest.param(15, {"rescued_waiting": True}, Wait(0, overtaken=True), id="but not for ever"),
        pytest.param(1, {"rivals": [(-1, True)], "rescued_waiting": True}, Wait(0.5), id="given up, forms still wait"),
        pytest.param(1, {"rivals": [(-20, False)], "rescued_waiting": True}, Wait(0.5), id="too old, forms still wait"),
    ],
)
def test_claim_waits_for_earlier_claims_in_transit(age, more, wait):
    rivals = [(CLAIM + timedelta(seconds=at), failed) for at, failed in more.get("rivals", ())]
    found = timing.until_settled(
        CLAIM, CLAIM + timedelta(seconds=age), settle_after=timedelta(milliseconds=250), **{**more, "rivals": rivals}
    )
    assert found.seconds == pytest.approx(wait.seconds)
    assert found.overtaken is wait.overtaken


def test_claim_stops_waiting_in_the_end():
    now, steps = CLAIM, 0
    more = {"rivals": [(CLAIM - timedelta(seconds=1), False)], "rescued_waiting": True}
    while (wait := timing.until_settled(CLAIM, now, settle_after=timedelta(seconds=0.25), **more)).seconds:
        now += timedelta(seconds=wait.seconds)
        steps += 1
    assert wait.overtaken
    assert now - CLAIM <= timedelta(seconds=15)
    assert steps < 40


@each_row(
    ("left", "wait"),
    [
        pytest.param(timedelta(days=2), timedelta(minutes=30), id="time enough: all of it"),
        pytest.param(timedelta(hours=1), timedelta(minutes=30), id="just enough"),
        pytest.param(timedelta(minutes=20), timedelta(minutes=10), id="half of what is left"),
        pytest.param(timedelta(), timedelta(), id="nothing is left: at once"),
        pytest.param(-timedelta(hours=1), timedelta(), id="past: at once, never before"),
    ],
)
def test_wait_is_at_most_half_of_the_time_left(left, wait):
    assert timing.in_good_time(START, timedelta(minutes=30), START - left) == START - left + wait


@each_row(
    ("starts_at", "zone", "now", "is_so"),
    [
        pytest.param("2027-01-15T13:00", "Africa/Lagos", "2027-01-15T08:00", True, id="later today"),
        pytest.param("2027-01-15T13:00", "Africa/Lagos", "2027-01-15T22:59", True, id="earlier today"),
        pytest.param("2027-01-15T13:00", "Africa/Lagos", "2027-01-15T23:00", False, id="there it is tomorrow already"),
        pytest.param("2027-01-15T13:00", "Africa/Lagos", "2027-01-10T08:00", True, id="some other day"),
        pytest.param("2027-01-15T13:00", "Africa/Lagos", "2027-01-16T08:00", False, id="yesterday"),
        pytest.param("2027-01-15T23:30", "Africa/Lagos", "2027-01-16T08:00", True, id="today there, yesterday in UTC"),
        pytest.param("2027-01-15T01:00", "America/New_York", "2027-01-15T23:00", False, id="yesterday there"),
    ],
)
def test_today_is_judged_in_the_time_zone_of_the_property(starts_at, zone, now, is_so):
    moments = [datetime.fromisoformat(moment).replace(tzinfo=UTC) for moment in (starts_at, now)]
    assert timing.is_today_or_later(moments[0], zone, moments[1]) is is_so
