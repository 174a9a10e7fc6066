"""The same agent: a client who books another inspection keeps the agent of their visit ahead."""

from collections.abc import Collection
from datetime import datetime

from bson import ObjectId

from dispatch.models import Job
from dispatch.rules import timing


def agent_of_client(client_id: str, now: datetime, besides: Collection[ObjectId] = ()) -> ObjectId | None:
    """Return the agent of this client's newest job with a visit today or later. Return None if there is none."""
    for job in Job.owned_of_client(client_id):
        agent: ObjectId = job["agent"]
        if agent not in besides and timing.is_today_or_later(job["starts_at"], job["timezone"], now):
            return agent
    return None
