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
    DAY_LATER = "day_later"  # Meta did not deliver: try again once after a day; in the US Meta never delivers it
    MEND = "mend"  # try again, and alarm operations: nothing is sent until a person repairs it
    OPTED_OUT = "opted_out"
    UNREACHABLE = "unreachable"
    NEEDS_TEMPLATE = "needs_template"
    ALERT = "alert"  # alarm operations: account, sender or template needs a person
    BUG = "bug"  # alarm operations: our request was invalid
    UNKNOWN = "unknown"  # a code that is not in the table: try again once, and alarm operations


_CODES: dict[Advice, frozenset[int]] = {
    Advice.RETRY: frozenset({20429, 20500, 20503, 21611, 30001, 30500, 63009, 63010, 63012, 63017, 63023}),
    Advice.ONCE: frozenset({30008, 63019, 63025, 63029}),
    Advice.LATER: frozenset({63018}),
    Advice.NEXT_DAY: frozenset({63038}),
    Advice.DAY_LATER: frozenset({63049}),
    Advice.MEND: frozenset({10001, 20003, 20005, 20403, 30002})  # account
    | frozenset({21606, 21659, 63112, 63114}),  # sender
    Advice.OPTED_OUT: frozenset({21610}),
    Advice.UNREACHABLE: frozenset({21211, 21217, 21614, 63003, 63014, 63024}),
    Advice.NEEDS_TEMPLATE: frozenset({63016}),
    Advice.ALERT: frozenset({20404, 21219, 21408, 21608, 21703, 21704, 21705})  # account, sender
    | frozenset({63001, 63005, 63006, 63007, 63008, 63013, 63020, 63021, 63022, 63026})  # channel, content
    | frozenset({63027, 63040, 63041, 63042, 63051, 63062}),  # template, decisions of Meta
    Advice.BUG: frozenset({21602, 21603, 21604, 21617, 21620, 21623, 21654, 21655, 21656, 21910, 63028, 63030, 63031}),
    Advice.FAIL: frozenset({11751, 30036, 63015, 63032, 63033, 63034, 63037}),
}
#: Known code -> reaction.
ADVICE: dict[int, Advice] = {code: advice for advice, codes in _CODES.items() for code in codes}
#: HTTP status -> reaction, for an answer without a known code.
ADVICE_FOR_HTTP: dict[int, Advice] = {401: Advice.MEND, 403: Advice.MEND, 429: Advice.RETRY}
#: Class of codes -> reaction to a code of that class that is not in the table. All others (delivery, channels and more)
#: are UNKNOWN.
ADVICE_FOR_CLASS: tuple[tuple[range, Advice], ...] = (
    (range(10000, 11000), Advice.MEND),  # the account
    (range(20500, 20600), Advice.RETRY),  # Twilio's API stumbled
    (range(20000, 21000), Advice.ALERT),  # Twilio's API refused us
    (range(21000, 22000), Advice.ALERT),  # the request, the sender or the recipient
)
#: Reactions that try again soon, after growing waits.
RETRIED = frozenset({Advice.RETRY, Advice.MEND})
#: Reactions that alarm operations.
FOR_OPERATIONS = frozenset({Advice.MEND, Advice.LATER, Advice.NEXT_DAY, Advice.ALERT, Advice.BUG}) | frozenset(
    {Advice.DAY_LATER, Advice.UNKNOWN}
)
#: Reactions that try again once after a minute.
ONCE_MORE = frozenset({Advice.ONCE, Advice.UNKNOWN})
#: Codes of a template that Meta does not have or does not allow. The message is sent in the next language that has one.
TEMPLATE_CODES = frozenset({63027, 63040, 63041, 63042})
TOO_MANY = 429
#: A limit of the channel may last 24 hours. Attempts after this time, twice this time, … find out when it is over.
LATER_IN, LATER_AT_MOST = timedelta(minutes=15), timedelta(hours=4)
#: A disabled account or sender, as receipts report it, is tried again after waits that grow within these.
MENDED_IN, MENDED_AT_MOST = timedelta(minutes=1), timedelta(hours=1)
#: The wait before a message that Meta did not deliver is tried again. Source: Twilio's page on error 63049.
A_DAY = timedelta(days=1)
#: A message that waits for a limit or a repair is given up only after this long.
PATIENCE = timedelta(days=2)


def advice(code: int | None, http_status: int | None = None) -> Advice:
    """Return the reaction to an error of Twilio's.

    The channel's limit (63018) in the answer to a POST (429) is the limit of the pace, so the message is retried soon.
    In a receipt it may be the limit of the day. A code that is not in the table has the reaction of its class.
    """
    if code in ADVICE and (ADVICE[code], http_status) != (Advice.LATER, TOO_MANY):
        return ADVICE[code]
    if http_status in ADVICE_FOR_HTTP:
        return ADVICE_FOR_HTTP[http_status]
    if code is None:
        return Advice.ALERT
    return next((advice_ for codes, advice_ in ADVICE_FOR_CLASS if code in codes), Advice.UNKNOWN)


def waits_until(advice_: Advice, failures: int, now: datetime) -> datetime | None:
    """Return when a limit that was met `failures` times may be over, or a repair be done. Return None if it is neither.

    Days are UTC.
    """
    if advice_ == Advice.MEND:
        return now + min(MENDED_IN * 2 ** min(failures, 10), MENDED_AT_MOST)
    if advice_ == Advice.LATER:
        return now + min(LATER_IN * 2 ** min(failures, 10), LATER_AT_MOST)
    if advice_ == Advice.NEXT_DAY:
        return (now + timedelta(days=1)).replace(hour=0, minute=5, second=0, microsecond=0)
    return None
