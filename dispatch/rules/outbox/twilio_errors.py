"""Twilio's error codes and what to do about each, as data. Sources: Twilio's error dictionary and WhatsApp pages."""

from datetime import datetime, timedelta
from enum import StrEnum


class Advice(StrEnum):
    """What to do about an error code."""

    FAIL = "fail"  # it will never work for this message
    RETRY = "retry"  # soon, after growing waits
    ONCE = "once"  # once more, for what may have been a hiccup
    LATER = "later"  # a limit of the channel's: not soon
    NEXT_DAY = "next_day"  # a limit of so many a day
    MEND = "mend"  # try again, and tell operations: nothing goes out until somebody mends it
    OPTED_OUT = "opted_out"
    UNREACHABLE = "unreachable"
    NEEDS_TEMPLATE = "needs_template"
    ALERT = "alert"  # our account, sender or template needs a person
    BUG = "bug"  # we have asked for something that can't be


_CODES: dict[Advice, frozenset[int]] = {
    Advice.RETRY: frozenset({20429, 21611, 30001, 63009, 63010, 63012, 63017, 63023}),
    Advice.ONCE: frozenset({30008, 63019, 63025, 63029}),
    Advice.LATER: frozenset({63018}),
    Advice.NEXT_DAY: frozenset({63038}),
    Advice.MEND: frozenset({20003}),
    Advice.OPTED_OUT: frozenset({21610, 63014}),
    Advice.UNREACHABLE: frozenset({21211, 21217, 21614, 63003, 63024}),
    Advice.NEEDS_TEMPLATE: frozenset({63016}),
    Advice.ALERT: frozenset(
        {20404, 21219, 21408, 21608, 21703, 21704, 21705, 30002, 63001, 63005, 63006, 63007, 63008, 63013, 63020, 63021,
         63022, 63026, 63040, 63041, 63042, 63049, 63051, 63062}
    ),
    Advice.BUG: frozenset(
        {21602, 21603, 21604, 21617, 21620, 21623, 21654, 21655, 21656, 21910, 63027, 63028, 63030, 63031}
    ),
    Advice.FAIL: frozenset({11751, 30036, 63015, 63032, 63033, 63034, 63037}),
}  # fmt: skip
#: Each code that we know, and what to do about it.
ADVICE: dict[int, Advice] = {code: advice for advice, codes in _CODES.items() for code in codes}
#: The same for an answer whose code says nothing.
ADVICE_FOR_HTTP: dict[int, Advice] = {401: Advice.MEND, 429: Advice.RETRY}
#: What is tried again after growing waits.
TRIED_AGAIN = frozenset({Advice.RETRY, Advice.MEND})
#: What operations must see to.
LOUD = frozenset({Advice.MEND, Advice.LATER, Advice.NEXT_DAY, Advice.ALERT, Advice.BUG})
#: Codes that tell of a template that it serves no more.
OF_A_TEMPLATE = frozenset({63040, 63041, 63042})
TOO_MANY = 429
#: The channel's limit may be that of 24 hours: an attempt after this, twice this … finds out when it is over.
LATER_IN, LATER_AT_MOST = timedelta(minutes=15), timedelta(hours=4)
#: What waits for another day is given up only after so long.
PATIENCE = timedelta(days=2)


def advice(code: int | None, http_status: int | None = None) -> Advice:
    """Return what to do about Twilio's error; a 429 or 401 without a known code was never taken.

    The channel's limit as an answer is that of the pace; by receipt it may be that of the day.
    """
    if code in ADVICE and (ADVICE[code], http_status) != (Advice.LATER, TOO_MANY):
        return ADVICE[code]
    return ADVICE_FOR_HTTP.get(http_status or 0, Advice.FAIL)


def waits_until(what: Advice, failures: int, now: datetime) -> datetime | None:
    """Return when a limit may be over that was met so often before; None for what is no limit. A day is UTC's."""
    if what == Advice.LATER:
        return now + min(LATER_IN * 2 ** min(failures, 10), LATER_AT_MOST)
    if what == Advice.NEXT_DAY:
        return (now + timedelta(days=1)).replace(hour=0, minute=5, second=0, microsecond=0)
    return None
