"""A job's plan, its time and place: whether it is possible, and what a change of it means."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from dispatch.rules import texts, timing

#: Furthest time ahead for an inspection.
FURTHEST = timedelta(days=5 * 366)
#: Fields of the property: a change of one of these is another place.
_PLACE = ("property_id", "address")
#: Fields of the job and of the property that people are shown besides time and place.
_SHOWN, _SHOWN_OF_PROPERTY = ("notes",), ("title",)
#: Fields that every property must have.
_NEEDED = ("title", "address")
_WHEN = ("inspection_date", "inspection_time", "timezone")


class Unplannable(ValueError):
    """No visit is possible at this time or place. `field` is the wrong field; `why` says what is wrong, by part."""

    def __init__(self, field: str, why: str | dict[str, list[str]]) -> None:
        super().__init__(why)
        self.field, self.why = field, why

    @property
    def errors(self) -> dict[str, Any]:
        """The wrong fields, nested as in the request's body."""
        return {self.field: [self.why] if isinstance(self.why, str) else self.why}


def starts_at(details: Mapping[str, Any], now: datetime) -> datetime:
    """Return the start of a visit, in UTC, from inspection_date, inspection_time and timezone. Raises Unplannable."""
    day, at = date.fromisoformat(details["inspection_date"]), time.fromisoformat(details["inspection_time"])
    try:
        moment = timing.starts_at(day, at, details["timezone"])
    except timing.NoSuchTime:
        raise Unplannable("inspection_time", "Does not exist on that day in that time zone.") from None
    if moment <= now:
        raise Unplannable("inspection_date", "Is in the past.")
    if moment > now + FURTHEST:
        raise Unplannable("inspection_date", "Is more than five years ahead.")
    return moment


def changes(
    job: Mapping[str, Any], given: Mapping[str, Any], now: datetime, another: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Return the fields of a job that `given` changes, with their new values. Fields left out stay as they are.

    Another name of the same time zone, or the same text in another Unicode normal form, is no change.

    `given` may have inspection_date, inspection_time, timezone, notes and property (any of its fields). `another` has
    the known details of the property that `given` names, if it is not the job's; they fill the missing fields.
    Raises Unplannable.
    """
    wanted = {name: given[name] for name in _WHEN if given.get(name)}
    if timing.canonical(wanted.get("timezone", job["timezone"])) == timing.canonical(job["timezone"]):
        wanted.pop("timezone", None)
    if "notes" in given:
        wanted["notes"] = given["notes"]
    if given.get("property"):
        known = job["property_details"] if another is None else another
        house = {**known, **texts.changed(given["property"], known)}
        if missing := [name for name in _NEEDED if not house.get(name)]:
            raise Unplannable("property", {name: ["Is needed: we do not know this property."] for name in missing})
        wanted |= {"property_details": house, "property_id": house["property_id"]}
    changed = texts.changed(wanted, {name: job[name] for name in wanted})
    if any(name in changed for name in _WHEN):
        changed["starts_at"] = starts_at({name: changed.get(name) or job[name] for name in _WHEN}, now)
    return changed


def differences(job: Mapping[str, Any], changed: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return each field that these changes of a job change, with its old and its new value. A start is not listed."""
    found = []
    for name, new in changed.items():
        if name in ("property_details", "client_details"):
            old = job[name]
            inner = [part for part in {**old, **new} if old.get(part) != new.get(part)]
            whole = name.removesuffix("_details")
            found += [{"field": f"{whole}.{part}", "old": old.get(part), "new": new.get(part)} for part in inner]
        elif name not in ("property_id", "starts_at"):
            found.append({"field": name, "old": job[name], "new": new})
    return found


def event(job: Mapping[str, Any], changed: Mapping[str, Any]) -> str:
    """Return the event of a change: `moved` for another time or place, `changed` for other details that people see.

    `edited` is a change that nobody sees, for example of the property's images or of invisible characters.
    """
    before = job["property_details"]
    house = changed.get("property_details") or before
    other = {name for name in (*_PLACE, *_SHOWN_OF_PROPERTY) if _look_other(house.get(name), before.get(name))}
    other |= {name for name in _SHOWN if name in changed and _look_other(changed[name], job[name])}
    if any(name in changed for name in _WHEN) or not other.isdisjoint(_PLACE):
        return "moved"
    return "changed" if other else "edited"


def _look_other(one: str | None, other: str | None) -> bool:
    """Return whether people would see that these texts differ."""
    return not texts.same(texts.plain(one or ""), texts.plain(other or ""))


def overlap(one: datetime, other: datetime, length: timedelta) -> bool:
    """Return whether two visits of this length with these starts overlap."""
    return abs(one - other) < length
