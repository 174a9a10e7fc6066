"""The facts of a job as people read them: local date and time, and the time zone."""

import functools
from collections.abc import Mapping
from datetime import datetime, timedelta
from math import ceil

from babel import dates, units

from dispatch.rules import timing
from dispatch.wording.catalogue import DEFAULT_LANGUAGE, catalogue


@functools.lru_cache(maxsize=1024)  # thousands of messages name the same job; no caller changes the result
def of(
    code: str, title: str, address: str, starts_at: datetime, timezone: str, language: str = DEFAULT_LANGUAGE
) -> Mapping[str, str]:
    """Return the variables of a job: code, title, address, date, time, zone_note."""
    return {"code": code, "title": title, "address": address, **moment(starts_at, timezone, language)}


def moment(at: datetime, timezone: str, language: str = DEFAULT_LANGUAGE) -> dict[str, str]:
    """Return the variables of a moment: date, time, zone_note."""
    formats = catalogue(language).formats
    there = timing.local(at, timezone)
    return {
        "date": dates.format_date(there.date(), formats["date"], locale=formats["locale"]),
        "time": dates.format_time(there.timetz(), formats["time"], locale=formats["locale"]),
        "zone_note": formats["zone_note"].format(city=_place(there, timezone, formats["locale"])),
    }


def _place(there: datetime, timezone: str, locale: str) -> str:
    """Return the city of a time zone. Return "UTC-5" for a zone without a place: POSIX calls that one Etc/GMT+5."""
    if timing.canonical(timezone).startswith("Etc/"):
        hours = round((there.utcoffset() or timedelta()) / timedelta(hours=1))
        return f"UTC{hours:+d}" if hours else "UTC"
    city: str = dates.get_timezone_location(there.tzinfo, locale=locale, return_city=True)
    return city


def less_than(starts_at: datetime, now: datetime, language: str = DEFAULT_LANGUAGE) -> str:
    """Return how long it is until a visit, rounded up ("12 minutes", "3 hours").

    Rounded up, "starts in less than 12 minutes" stays true while the message waits to be sent.
    """
    minutes = ceil((starts_at - now).total_seconds() / 60)
    length, unit = (minutes, "duration-minute") if minutes < 120 else (ceil(minutes / 60), "duration-hour")
    return units.format_unit(length, unit, locale=catalogue(language).formats["locale"])


def time_of(at: datetime, now: datetime, timezone: str, language: str = DEFAULT_LANGUAGE) -> str:
    """Return when something happened, in the time zone of its job: the time, with the date unless it is today."""
    words = moment(at, timezone, language)
    if timing.local(at, timezone).date() == timing.local(now, timezone).date():
        return words["time"]
    return catalogue(language).formats["moment"].format(**words)
