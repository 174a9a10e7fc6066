"""The facts of a job as people read them."""

from datetime import UTC, datetime, timedelta

import pytest

from dispatch.wording import facts
from tests.tables import each_row


@each_row(
    ("moment", "zone", "date", "time", "note"),
    [
        pytest.param("2027-01-15 13:00", "Africa/Lagos", "Friday 15 January 2027", "14:00", "Lagos time", id="Lagos"),
        pytest.param(
            "2027-01-14 23:05", "Africa/Lagos", "Friday 15 January 2027", "00:05", "Lagos time", id="midnight"
        ),
        pytest.param("2027-07-01 13:00", "Europe/London", "Thursday 1 July 2027", "14:00", "London time", id="summer"),
        pytest.param(
            "2027-03-28 00:59", "Europe/London", "Sunday 28 March 2027", "00:59", "London time", id="before gap"
        ),
        pytest.param(
            "2027-03-28 01:00", "Europe/London", "Sunday 28 March 2027", "02:00", "London time", id="after gap"
        ),
        pytest.param(
            "2027-01-15 13:00", "America/New_York", "Friday 15 January 2027", "08:00", "New York time", id="abroad"
        ),
        pytest.param("2027-01-15 13:00", "Etc/GMT+5", "Friday 15 January 2027", "08:00", "UTC-5 time", id="UTC-5"),
        pytest.param("2027-01-15 13:00", "Etc/GMT-14", "Saturday 16 January 2027", "03:00", "UTC+14 time", id="UTC+14"),
        pytest.param("2027-01-15 13:00", "Etc/GMT0", "Friday 15 January 2027", "13:00", "UTC time", id="GMT"),
        pytest.param("2027-07-15 13:00", "EST5EDT", "Thursday 15 July 2027", "09:00", "New York time", id="POSIX"),
        pytest.param("2027-01-15 13:00", "Asia/Calcutta", "Friday 15 January 2027", "18:30", "Kolkata time", id="old"),
        pytest.param("2027-01-15 13:00", "UTC", "Friday 15 January 2027", "13:00", "UTC time", id="UTC"),
    ],
)
def test_dates_and_times_are_local(moment, zone, date, time, note):
    starts_at = datetime.fromisoformat(moment).replace(tzinfo=UTC)
    told = facts.of("K7F3", "3-Bedroom Apartment", "123 Lekki Phase 1, Lagos", starts_at, zone)
    assert told == {
        "code": "K7F3",
        "title": "3-Bedroom Apartment",
        "address": "123 Lekki Phase 1, Lagos",
        "date": date,
        "time": time,
        "zone_note": note,
    }


@each_row(
    ("language", "date", "note"),
    [
        ("fr", "vendredi 15 janvier 2027", "heure locale, Lagos"),
        ("pt", "sexta-feira, 15 de janeiro de 2027", "horário de Lagos"),
        ("ar", "الجمعة 15 يناير 2027", "بتوقيت لاغوس"),
    ],
)
def test_dates_are_written_in_the_language(language, date, note):
    told = facts.of("K7F3", "", "", datetime(2027, 1, 15, 13, tzinfo=UTC), "Africa/Lagos", language)
    assert (told["date"], told["time"], told["zone_note"]) == (date, "14:00", note)


@each_row(("language", "said"), [("fr", "3\u00a0heures"), ("pt", "3 horas"), ("ar", "3 ساعات")])
def test_a_length_of_time_is_written_in_the_language(language, said):
    now = datetime(2027, 3, 28, 0, 30, tzinfo=UTC)
    assert facts.less_than(now + timedelta(hours=3), now, language) == said


@each_row(
    ("left", "said"),
    [
        ({"minutes": 12}, "12 minutes"),
        ({"minutes": 11, "seconds": 1}, "12 minutes"),
        ({"seconds": 59}, "1 minute"),
        ({"milliseconds": 1}, "1 minute"),
        ({"minutes": 119}, "119 minutes"),
        ({"minutes": 119, "seconds": 1}, "2 hours"),
        ({"hours": 23, "minutes": 1}, "24 hours"),
    ],
)
def test_the_time_until_a_visit_is_rounded_up(left, said):
    now = datetime(2027, 3, 28, 0, 30, tzinfo=UTC)
    assert facts.less_than(now + timedelta(**left), now) == said


@each_row(
    ("hours_ago", "language", "said"),
    [
        pytest.param(1, "en", "13:02", id="today"),
        pytest.param(20, "en", "18:02 on Thursday 26 November 2026", id="the day before, there"),
        pytest.param(20, "fr", "18:02 le jeudi 26 novembre 2026", id="in French"),
    ],
)
def test_a_past_moment_names_its_date_unless_it_is_today(hours_ago, language, said):
    now = datetime(2026, 11, 27, 13, 2, tzinfo=UTC)  # 14:02 in Lagos
    assert facts.time_of(now - timedelta(hours=hours_ago), now, "Africa/Lagos", language) == said
