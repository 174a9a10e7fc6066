"""Pause requests: a text such as "pause until Monday 9am" and the moment at which its pause ends."""

import re
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta

from dispatch.rules import timing
from dispatch.rules.inbox import words
from dispatch.rules.inbox.vocabulary import LANGUAGES

#: The hour at which a pause ends if the text names a day only, or nothing.
MORNING = time(6)
LONGEST = timedelta(days=30)
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

_COLON = "betweenhourandminute"  # replaces the ":" between two numbers, as signs are no tokens
_COURTESY = ""
_PHRASES = words.index(
    [
        *(language.pauses for language in LANGUAGES),
        *({_COURTESY: language.courtesies} for language in LANGUAGES),
        {":": _COLON},
    ]
)
_LONGEST_PHRASE = max(map(len, _PHRASES))
_PIECE = re.compile(r"\d+|\D+")
_BETWEEN = re.compile(r"(?<=\d)\s*:\s*(?=\d)")
_ODD_NUMBER = re.compile(r"\d\s*[^\w\s]\s*\d")  # 1.5, 12/10, 2-3: ambiguous
_ALONE = re.compile(r"(?<!\d) (hour|day|week)\b")  # Arabic writes "hour" for "one hour"
_LENGTH = re.compile(
    r"pause(?: for)?(?: (?P<weeks>\d{1,4}) week)?(?: (?P<days>\d{1,4}) day)?"
    r"(?: (?P<hours>\d{1,4}) (?:hour|h)(?: (?P<half>half)| (?P<rest>\d\d)$)?)?(?: (?P<minutes>\d{1,4}) minute)?"
)
_MOMENT = re.compile(
    rf"pause until(?: (?P<day>today|tomorrow|day_after_tomorrow|{'|'.join(_DAYS)}))?"
    r"(?: (?=at |\d+ (?:h|:|am|pm))(?:at )?(?P<hour>\d{1,2})(?: (?:h|:)(?: (?P<minute>\d\d))?)?(?: (?P<half>am|pm))?)?"
)


def until(text: str, now: datetime, zone_name: str) -> datetime | None:
    """Return the end (UTC) of the pause that this text, written at `now`, asks for.

    Return None if the text says anything else too, if the moment has passed, or if it is more than 30 days ahead.
    A day without a time means that day's morning, a text without either the next morning. Days and times are of that
    zone. Raises NoSuchZone.
    """
    if words.is_too_long(text) or words.is_question(text):
        return None
    request = _normalised(text)
    if request in ("pause", "pause today"):
        moment = timing.at_or_after(timing.local(now, zone_name).date() + timedelta(days=1), MORNING, zone_name)
    elif length := _LENGTH.fullmatch(request):
        moment = now + _length(length.groupdict())
    elif end := _MOMENT.fullmatch(request):
        moment = _next(end.groupdict(), now, zone_name) or now
    else:
        return None
    return moment if now < moment <= now + LONGEST else None


def _normalised(text: str) -> str:
    """Return the parts of a text, joined by spaces, longest phrases first. "?" stands for an unknown part."""
    flat = _BETWEEN.sub(f" {_COLON} ", words.fold(text))
    if _ODD_NUMBER.search(flat):
        return "?"
    pieces = [piece for token in words.tokens(flat) for piece in _PIECE.findall(token)]
    found, at = [], 0
    while at < len(pieces):
        length = next((n for n in range(_LONGEST_PHRASE, 0, -1) if tuple(pieces[at : at + n]) in _PHRASES), 1)
        found.append(_PHRASES.get(tuple(pieces[at : at + length]), _number(pieces[at])))
        at += length
    return _ALONE.sub(r" 1 \1", " ".join(filter(None, found)))


def _number(piece: str) -> str:
    """Return a number in the digits 0 to 9, in whichever script it was written."""
    return "".join(str(int(digit)) for digit in piece) if piece.isdecimal() else "?"


def _length(parts: Mapping[str, str | None]) -> timedelta:
    weeks, days, hours, minutes, rest = (int(parts[n] or 0) for n in ("weeks", "days", "hours", "minutes", "rest"))
    return timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes + rest + (30 if parts["half"] else 0))


def _next(parts: Mapping[str, str | None], now: datetime, zone_name: str) -> datetime | None:
    """Return the next moment with this day and time. Return None if there is none, or if it has passed."""
    day, at = parts["day"], _time(parts)
    if at is None and (parts["hour"] or day in (None, "today")):
        return None
    today = timing.local(now, zone_name).date()
    moments = (timing.at_or_after(each, at or MORNING, zone_name) for each in _dates(day, today, at is not None))
    return next((moment for moment in moments if moment > now), None)


def _dates(day: str | None, today: date, with_time: bool) -> list[date]:
    """Return the dates that a day can mean. "Monday" on a Monday can mean today only if a time is given, too."""
    if day in _DAYS:
        ahead = (_DAYS.index(day) - today.weekday()) % 7
        return [today + timedelta(days=days) for days in (ahead, ahead + 7) if days or with_time]
    ahead_of = {"today": [0], "tomorrow": [1], "day_after_tomorrow": [2], None: [0, 1]}
    return [today + timedelta(days=days) for days in ahead_of[day]]


def _time(parts: Mapping[str, str | None]) -> time | None:
    if parts["hour"] is None:
        return None
    hour, minute, half = int(parts["hour"]), int(parts["minute"] or 0), parts["half"]
    if minute > 59 or not (1 <= hour <= 12 if half else hour <= 23):
        return None
    return time(hour % 12 + (12 if half == "pm" else 0) if half else hour, minute)
