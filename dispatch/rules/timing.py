"""Times: when work is due, and the only conversions between local time and UTC."""

import zoneinfo
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel.core import get_global

LOOK_AGAIN = timedelta(seconds=0.5)  # a handled message enqueues settling anyway; this is the safety net
RIVAL_BOUND = timedelta(seconds=15)
BEGINS_EARLY = timedelta(hours=2)  # a visit begins at most this long before the time that was agreed
LATE = timedelta(minutes=2)  # beyond this, a message says that it is late


class NoSuchTime(ValueError):
    """This local time does not exist in that zone: clocks skip it, or the calendar ends before it."""


class NoSuchZone(ValueError):
    """This is not the name of an IANA time zone."""


@lru_cache(maxsize=1)
def _zones() -> frozenset[str]:
    return frozenset(zoneinfo.available_timezones() - {"Factory", "localtime"})


def zone(name: str) -> ZoneInfo:
    """Return the time zone with an IANA name ("Africa/Lagos"). Raises NoSuchZone."""
    if name not in _zones():
        raise NoSuchZone(f"{name[:60]!r} is not an IANA time zone")
    return ZoneInfo(name)


def canonical(zone_name: str) -> str:
    """Return the one name of a time zone that has several: "Asia/Kolkata" for "Asia/Calcutta".

    Source: the aliases of Unicode's CLDR. The zones of Greenwich and of UTC are one.
    """
    name: str = get_global("zone_aliases").get(zone_name, zone_name)
    return "Etc/UTC" if name == "Etc/GMT" else name


def starts_at(day: date, at: time, zone_name: str) -> datetime:
    """Return the moment, in UTC, of a local date and time. If the local hour comes twice, return the earlier one.

    Raises NoSuchTime and NoSuchZone.
    """
    place = zone(zone_name)
    wanted = datetime.combine(day, at.replace(tzinfo=None, fold=0))
    try:
        moment = wanted.replace(tzinfo=place).astimezone(UTC)
        back = moment.astimezone(place).replace(tzinfo=None, fold=0)
    except OverflowError:
        raise NoSuchTime(f"{wanted} is beyond the calendar") from None
    if back != wanted:
        raise NoSuchTime(f"{wanted} does not exist in {zone_name}: clocks are changed then")
    return moment


def from_iso(text: str) -> datetime:
    """Return the moment of an ISO text. 24:00 is refused, which newer Pythons read as midnight. Raises ValueError."""
    if text[11:13] == "24":
        raise ValueError("the hour must be 00 to 23")
    return datetime.fromisoformat(text)


def at_or_after(day: date, at: time, zone_name: str) -> datetime:
    """Return the moment, in UTC, of a local time. If clocks skip it, return the moment as long after their change.

    02:30 is 03:30 on the day on which clocks jump from 02:00 to 03:00. Raises NoSuchZone.
    """
    wanted = datetime.combine(day, at.replace(tzinfo=None, fold=0))
    return wanted.replace(tzinfo=zone(zone_name)).astimezone(UTC)


def local(moment: datetime, zone_name: str) -> datetime:
    """Return the same moment in that zone. Raises ValueError for a moment without a zone, and NoSuchZone."""
    if moment.tzinfo is None:
        raise ValueError("a moment must know its time zone")
    return moment.astimezone(zone(zone_name))


def reminder_due(starts_at: datetime, lead_minutes: int, approved_at: datetime) -> datetime | None:
    """Return when to remind of a visit: `lead_minutes` before it. Return None if it was approved later than that.

    Such an approval is a reminder itself: a second message a moment later would only repeat it.
    """
    due_at = starts_at - timedelta(minutes=lead_minutes)
    return due_at if approved_at < due_at else None


def may_begin(starts_at: datetime, now: datetime) -> bool:
    """Return whether a visit may begin now: it may begin a little early."""
    return now >= starts_at - BEGINS_EARLY


def not_taken_due(starts_at: datetime, lead: timedelta, now: datetime) -> datetime:
    """Return the moment `lead` before a visit. If that has passed: the middle of the time that is left."""
    due_at = starts_at - lead
    return due_at if due_at > now else now + max((starts_at - now) / 2, timedelta())


def is_late(due_at: datetime, now: datetime) -> bool:
    """Return whether work that was due then is noticeably late, as after an outage."""
    return now - due_at > LATE


def in_good_time(starts_at: datetime, wait: timedelta, now: datetime) -> datetime:
    """Return the end of a `wait` that is limited to half of the time left until the visit."""
    return now + min(wait, max((starts_at - now) / 2, timedelta()))


def may_be_completed(starts_at: datetime, zone_name: str, now: datetime) -> bool:
    """Return whether a visit may be completed now: once its day has begun in its time zone, or once it may begin."""
    return may_begin(starts_at, now) or local(now, zone_name).date() >= local(starts_at, zone_name).date()


def is_today_or_later(starts_at: datetime, zone_name: str, now: datetime) -> bool:
    """Return whether a visit is today, in its time zone, or later."""
    return local(starts_at, zone_name).date() >= local(now, zone_name).date()


@dataclass(frozen=True)
class Wait:
    """How long a claim must still wait. `overtaken`: it need not wait although an earlier message may be a claim."""

    seconds: float = 0.0
    overtaken: bool = False


def until_settled(
    claim_at: datetime,
    now: datetime,
    *,
    settle_after: timedelta,
    rivals: Iterable[tuple[datetime, bool]] = (),
    rescued_waiting: bool = False,
) -> Wait:
    """Return how long the earliest claim must still wait before it gets its job.

    A claim waits until it is `settle_after` old, because a stamped message is visible only a moment later. It waits
    while an earlier message of an agent who was offered the job is unhandled, and while webhook forms in Redis are
    still to be saved. `rivals` are those messages, newest first: when each arrived, and whether handling it has failed
    too often to wait for it. The wait for a message ends 15 s after its arrival; the wait for forms, whose arrival is
    unknown, ends 15 s after the claim's arrival. `now` must come from the clock that stamped the messages.
    """
    if (age := now - claim_at) < settle_after:
        return Wait((settle_after - max(age, timedelta())).total_seconds())
    overtaken = False
    for arrived_at, failed in rivals:
        overtaken = True
        left = arrived_at + RIVAL_BOUND - now
        if not failed and left > timedelta():
            return Wait(min(left, LOOK_AGAIN).total_seconds())
        if left <= timedelta():
            break  # older messages need not be waited for, either
    if rescued_waiting:
        overtaken = True
        if (left := claim_at + RIVAL_BOUND - now) > timedelta():
            return Wait(min(left, LOOK_AGAIN).total_seconds())
    return Wait(overtaken=overtaken)
