"""Continuity: a client who books more properties keeps the same agent."""

from collections.abc import Collection
from datetime import datetime

from bson import ObjectId

from dispatch.models import Job
from dispatch.rules import timing


def agent_of_client(client_id: str, now: datetime, besides: Collection[ObjectId] = ()) -> ObjectId | None:
    """Return the agent who has a visit with this client today or later, of the job asked for last; or None."""
    for job in Job.owned_of_client(client_id):
        agent: ObjectId = job["agent"]
        if agent not in besides and timing.is_today_or_later(job["starts_at"], job["timezone"], now):
            return agent
    return None
