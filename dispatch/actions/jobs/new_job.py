"""A new job: a posted inspection is saved with a free code, and the search for an agent begins."""

import random
from datetime import datetime
from typing import Any

from bson import ObjectId
from pymongo.errors import DuplicateKeyError

from dispatch.actions.offers import same_agent
from dispatch.hints import tasks
from dispatch.models import Client, Contact, Job, Property
from dispatch.rules.jobs import codes

#: Draws of codes before we give up.
DRAWS = 5
#: Codes are random and no secret: every agent who is offered a job reads its code.
_below = random.randrange


def open_job(details: dict[str, Any], now: datetime, request: ObjectId | None = None) -> Job:
    """Save a job with its client and property as posted, and enqueue its offers.

    `details` is the checked body: property, client (canonical phone), inspection_date, inspection_time, timezone,
    starts_at (aware UTC) and notes. A `request` makes one job: repeated calls return the same job.
    """
    client, house = details["client"], details["property"]
    Contact.set_posted(client["phone"])
    known_phone = Client.remember(client, now)
    if known_phone != client["phone"]:
        Contact.meet(client["phone"], now)
    Property.remember(house, now)
    job = _with_free_code(
        now,
        request=request,
        held_for=None if known_phone is None else same_agent.agent_of_client(client["client_id"], now),
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
    tasks.follow(job.id)
    return job


def _with_free_code(now: datetime, request: ObjectId | None, **facts: Any) -> Job:
    for _ in range(DRAWS):
        for code in _free_codes(now):
            try:
                return Job.open(now, code=code, request=request, **facts)
            except DuplicateKeyError:  # another job took this code just now, or this request has its job already
                if request and (made := Job.objects(request=request).first()):
                    return made
    raise RuntimeError("no free code found")


def _free_codes(now: datetime) -> list[str]:
    """Draw codes that no job has used within the rest period.

    We only look at jobs changed within the rest period. An older job that is still open is caught by the unique index.
    `updated_at` stands in for the end time; it is never earlier.
    """
    drawn = codes.draw(_below)
    used = Job.codes_used_since(drawn, now - codes.REST)
    return [code for code in drawn if code not in used]
