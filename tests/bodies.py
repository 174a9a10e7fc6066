"""Bodies that the API accepts, in one line; a test's first line then says what is special about one."""

import itertools
import re
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

_UNITS = {"d": "days", "h": "hours", "m": "minutes", "s": "seconds"}
_numbers = itertools.count(1)


def a_phone() -> str:
    """Return a Nigerian number that nobody else has."""
    return f"+234803{next(_numbers):07d}"


def a_job_body(starts_in: str = "2d", **changes: Any) -> dict[str, Any]:
    """Return a valid body of POST /api/jobs/; `property__price=7` and the like change what is inside."""
    n = next(_numbers)
    zone = changes.get("timezone", "Africa/Lagos")
    starts = (datetime.now(UTC) + duration(starts_in)).astimezone(ZoneInfo(zone))
    body: dict[str, Any] = {
        "property": {
            "property_id": f"prop_{n}",
            "title": "3-Bedroom Apartment",
            "address": "123 Lekki Phase 1, Lagos",
            "property_type": "Apartment",
            "bedrooms": 3,
            "bathrooms": 2,
            "price": 50000000,
            "area": "150 sqm",
        },
        "client": {"client_id": f"client_{n}", "name": "John Doe", "phone": a_phone(), "email": "john@example.com"},
        "inspection_date": starts.date().isoformat(),
        "inspection_time": f"{starts:%H:%M}",
        "notes": "Client prefers afternoon viewing",
    }
    return changed(body, changes)


def an_agent_body(**changes: Any) -> dict[str, Any]:
    """Return a valid body of POST /api/agents/."""
    return changed({"name": "Ada Obi", "phone": a_phone(), "zone": "Lekki", "languages": ["English"]}, changes)


def duration(text: str) -> timedelta:
    """Read "2h", "-30m", "1d"."""
    (sign, number, unit) = re.fullmatch(r"(-?)(\d+)([dhms])", text).groups()  # type: ignore[union-attr]
    return timedelta(**{_UNITS[unit]: int(sign + number)})


#: Our number, as the tests' settings have it.
SENDER = "+14155238886"
LEFT_OUT = object()


def changed(body: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """Change fields of a body, nested ones as `client__phone`; LEFT_OUT removes one."""
    for name, value in changes.items():
        *path, last = name.split("__")
        inner = body
        for part in path:
            inner = inner[part]
        if value is LEFT_OUT:
            inner.pop(last, None)
        else:
            inner[last] = value
    return body
