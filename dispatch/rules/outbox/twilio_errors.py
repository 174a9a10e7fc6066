"""Twilio's error codes and the reaction to each. Sources: Twilio's error dictionary and WhatsApp pages."""

from datetime import datetime, timedelta
from enum import StrEnum


class Advice(StrEnum):
    """The reactions to an error code."""

    FAIL = "fail"  # give the message up: it will never work
    RETRY = "retry"  # try again after growing waits
    ONCE = "once"  # try again once: the error may have been a hiccup
    LATER = "later"  # a limit of the channel: wait long
    NEXT_DAY = "next_day"  # a daily limit: wait until tomorrow
    MEND = "mend"  # try again, and alarm operations: nothing is sent until a person repairs it
    OPTED_OUT = "opted_out"
    UNREACHABLE = "unreachable"
    NEEDS_TEMPLATE = "needs_template"
    ALERT = "alert"  # alarm operations: account, sender or template needs a person
    BUG = "bug"  # alarm operations: our request was invalid


_CODES: dict[Advice, frozenset[int]] = {
    Advice.RETRY: frozenset({20429, 21611, 30001, 63009, 63010, 63012, 63017, 63023}),
    Advice.ONCE: frozenset({30008, 63019, 63025, 63029}),
    Advice.LATER: frozenset({63018}),
    Advice.NEXT_DAY: frozenset({63038}),
    Advice.MEND: frozenset({20003}),
    Advice.OPTED_OUT: frozenset({21610}),
    Advice.UNREACHABLE: frozenset({21211, 21217, 21614, 63003, 63014, 63024}),
    Advice.NEEDS_TEMPLATE: frozenset({63016}),
    Advice.ALERT: frozenset({20404, 21219, 21408, 21608, 21703, 21704, 21705, 30002})  # account, sender
    | frozenset({63001, 63005, 63006, 63007, 63008, 63013, 63020, 63021, 63022, 63026})  # channel, content
    | frozenset({63040, 63041, 63042, 63049, 63051, 63062}),  # template, decisions of Meta
    Advice.BUG: frozenset(
        {21602, 21603, 21604, 21617, 21620, 21623, 21654, 21655, 21656, 21910, 63027, 63028, 63030, 63031}
    ),
    Advice.FAIL: frozenset({11751, 30036, 63015, 63032, 63033, 63034, 63037}),
}
#: Known code -> reaction.
ADVICE: dict[int, Advice] = {code: advice for advice, codes in _CODES.items() for code in codes}
#: HTTP status -> reaction, for an answer without a known code.
ADVICE_FOR_HTTP: dict[int, Advice] = {401: Advice.MEND, 429: Advice.RETRY}
#: Reactions that try again after growing waits.
RETRIED = frozenset({Advice.RETRY, Advice.MEND})
#: Reactions that alarm operations.
FOR_OPERATIONS = frozenset({Advice.MEND, Advice.LATER, Advice.NEXT_DAY, Advice.ALERT, Advice.BUG})
#: Codes of a template that Meta does not allow any more.
TEMPLATE_CODES = frozenset({63040, 63041, 63042})
TOO_MANY = 429
#: A limit of the channel may last 24 hours. Attempts after this time, twice this time, … find out when it is over.
LATER_IN, LATER_AT_MOST = timedelta(minutes=15), timedelta(hours=4)
#: A message that waits for a limit to end is given up only after this long.
PATIENCE = timedelta(days=2)


def advice(code: int | None, http_status: int | None = None) -> Advice:
    """Return the reaction to an error of Twilio's.

    The channel's limit (63018) in the answer to a POST (429) is the limit of the pace, so the message is retried soon.
    In a receipt it may be the limit of the day.
    """
    if code in ADVICE and (ADVICE[code], http_status) != (Advice.LATER, TOO_MANY):
        return ADVICE[code]
    return ADVICE_FOR_HTTP.get(http_status or 0, Advice.FAIL)


def waits_until(advice_: Advice, failures: int, now: datetime) -> datetime | None:
    """Return when a limit that was met `failures` times may be over. Return None if it is no limit. Days are UTC."""
    if advice_ == Advice.LATER:
        return now + min(LATER_IN * 2 ** min(failures, 10), LATER_AT_MOST)
    if advice_ == Advice.NEXT_DAY:
        return (now + timedelta(days=1)).replace(hour=0, minute=5, second=0, microsecond=0)
    return None
