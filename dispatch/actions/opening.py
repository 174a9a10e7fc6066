"""Opening: a platform posts an inspection; it is saved, and the search for an agent begins."""

import secrets
from datetime import datetime
from typing import Any

from mongoengine.errors import NotUniqueError

from dispatch import queueing
from dispatch.models import Client, Job, Property
from dispatch.rules import codes

#: Tries for a free short code before the longer ones are taken.
SHORT_TRIES = 3
TRIES = 20


def open_job(details: dict[str, Any], now: datetime) -> Job:
    """Save a job with its client and property as posted, and hint that it is to be offered.

    `details` is the checked body: property, client (canonical phone), inspection_date, inspection_time, timezone,
    starts_at (aware UTC) and notes.
    """
    client, house = details["client"], details["property"]
    Client.remember(client, now)
    Property.remember(house, now)
    job = _with_free_code(
        now,
        client_id=client["client_id"],
        property_id=house["property_id"],
        client_details=client,
        property_details=house,
        inspection_date=details["inspection_date"],
        inspection_time=details["inspection_time"],
        timezone=details["timezone"],
        starts_at=details["starts_at"],
        notes=details.get("notes"),
    )
    queueing.follow(job.id)
    return job


def _with_free_code(now: datetime, **facts: Any) -> Job:
    for attempt in range(TRIES):
        code = codes.make(secrets.randbelow, length=4 if attempt < SHORT_TRIES else 5)
        try:
            return Job.open(now, code=code, **facts)
        except NotUniqueError:
            continue
    raise RuntimeError("no free code found")
