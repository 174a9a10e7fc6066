"""The people of the stories."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from tests.bodies import duration

Job = dict[str, Any]


@dataclass(frozen=True)
class Person:
    """A person with a phone; an agent also has the API's id."""

    name: str
    phone: str
    id: str = ""


def client_of(job: Job) -> Person:
    """Return the client as posted with a job."""
    details = job["client_details"]
    return Person(details["name"], details["phone"], details["client_id"])


def when(ahead: str, zone: str = "Africa/Lagos") -> dict[str, str]:
    """Return the date and the time this far ahead ("51h"), as in a request's body."""
    moment = (datetime.now(UTC) + duration(ahead)).astimezone(ZoneInfo(zone))
    return {"inspection_date": moment.date().isoformat(), "inspection_time": f"{moment:%H:%M}"}
