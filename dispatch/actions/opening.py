"""Opening: a platform posts an inspection; it is saved, and the search for an agent begins."""

import secrets
from datetime import datetime
from typing import Any

from bson import ObjectId
from mongoengine.errors import NotUniqueError

from dispatch import queueing
from dispatch.actions import continuity
from dispatch.models import Client, Job, Property
from dispatch.models.job import OPEN_STATES
from dispatch.rules import codes

#: How often codes are drawn before we give up.
DRAWS = 5


def open_job(details: dict[str, Any], now: datetime, request: ObjectId | None = None) -> Job:
    """Save a job with its client and property as posted, and hint that it is to be offered.

    `details` is the checked body: property, client (canonical phone), inspection_date, inspection_time, timezone,
    starts_at (aware UTC) and notes. A `request` makes one job, however often it is run: later runs return that job.
    """
    client, house = details["client"], details["property"]
    Client.remember(client, now)
    Property.remember(house, now)
    job = _with_free_code(
        now,
        request=request,
        held_for=continuity.keeper(client["client_id"], now),
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


def _with_free_code(now: datetime, request: ObjectId | None, **facts: Any) -> Job:
    for _ in range(DRAWS):
        for code in _free_codes(now):
            try:
                return Job.open(now, code=code, request=request, **facts)
            except NotUniqueError:  # this code went to somebody else just now, or this request has its job already
                if request and (made := Job.objects(request=request).first()):
                    return made
    raise RuntimeError("no free code found")


def _free_codes(now: datetime) -> list[str]:
    drawn = codes.draw(secrets.randbelow)
    taken = {job["code"] for job in Job.collection().find(_taken(drawn, now), {"code": 1})}
    return [code for code in drawn if code not in taken]


def _taken(drawn: list[str], now: datetime) -> dict[str, Any]:
    """Match the open jobs that have one of these codes, and the ended ones of a short while ago.

    Nothing much happens to a job after its end: when it was last changed will do for when it ended, and is never less.
    """
    some = {"code": {"$in": drawn}}
    return {"$or": [{**some, "status": {"$in": OPEN_STATES}}, {**some, "updated_at": {"$gt": now - codes.REST}}]}
