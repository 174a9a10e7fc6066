"""When things fall due: local time is turned into UTC, and back, only here."""

import zoneinfo
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

LOOK_AGAIN = timedelta(seconds=0.5)  # a handled message hints at settling anyway; this is the net below
RIVAL_BOUND = timedelta(seconds=15)
LATE = timedelta(minutes=2)  # by more than this people are told that something comes late


class NoSuchTime(ValueError):
    """This local time does not exist there: clocks jump over it, or the calendar ends before it."""


class NoSuchZone(ValueError):
    """This is not the name of an IANA time zone."""


@lru_cache(maxsize=1)
def _zones() -> frozenset[str]:
    return frozenset(zoneinfo.available_timezones() - {"Factory", "localtime"})


def zone(name: str) -> ZoneInfo:
    """The time zone of that IANA name ("Africa/Lagos"). Raises NoSuchZone."""
    if name not in _zones():
        raise NoSuchZone(f"{name[:60]!r} is not an IANA time zone")
    return ZoneInfo(name)


def starts_at(day: date, at: time, zone_name: str) -> datetime:
    """The moment, in UTC, of a local date and time; of an hour that comes twice, the earlier one.

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


def local(moment: datetime, zone_name: str) -> datetime:
    """The same moment on the clocks of that zone. Raises ValueError for a moment without a zone, and NoSuchZone."""
    if moment.tzinfo is None:
        raise ValueError("a moment must know its time zone")
    return moment.astimezone(zone(zone_name))


def reminder_due(starts_at: datetime, lead_minutes: int, now: datetime) -> datetime:
    """When to remind of a visit: `lead_minutes` before it, or at once when that has passed."""
    return max(starts_at - timedelta(minutes=lead_minutes), now)


def is_late(due_at: datetime, now: datetime) -> bool:
    """Whether what was due then comes noticeably late now: there has been an outage."""
    return now - due_at > LATE


def in_good_time(starts_at: datetime, wait: timedelta, now: datetime) -> datetime:
    """When a `wait` is over that may last no longer than half of what is left until the visit."""
    return now + min(wait, max((starts_at - now) / 2, timedelta()))


def is_today_or_later(starts_at: datetime, zone_name: str, now: datetime) -> bool:
    """Whether a visit is on the present day of its time zone, or after it."""
    return local(starts_at, zone_name).date() >= local(now, zone_name).date()


@dataclass(frozen=True)
class Wait:
    """How long a claim must still wait, and whether it need not although an earlier message could be a claim too."""

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
    """How long the earliest claim must still wait before its job may be given away.

    It waits until it is `settle_after` old (stamped is not yet visible), while any earlier message of an agent who was
    offered the job is unhandled, and while rescued webhook forms are still to be saved. `rivals` are these messages,
    the latest first: when each arrived, and whether handling it has failed too often to be waited for. Each is waited
    for until 15 s after its own arrival, whatever is to be said of older ones; forms, whose arrival nobody knows yet,
    until 15 s after the claim's. `now` must come from the clock that stamped the messages.
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
            break  # and so it is for all that are older
    if rescued_waiting:
        overtaken = True
        if (left := claim_at + RIVAL_BOUND - now) > timedelta():
            return Wait(min(left, LOOK_AGAIN).total_seconds())
    return Wait(overtaken=overtaken)
