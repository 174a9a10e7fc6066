"""Follow-up work for an agent's status changes: changes are counted, and one worker at a time handles the latest."""

from datetime import datetime, timedelta
from typing import Any, Self

from bson import ObjectId
from mongoengine import DateTimeField, IntField

from dispatch.models.base.tried import COUNTED, TRY_FIELDS, Tried

#: Lease for following up; a sweep lets another worker try afterwards.
FOLLOWING_SECONDS = 30


class StatusFollowUp(Tried):
    """`changes` counts status changes; `follow_up_at` exists while the latest one is still to be followed up.

    Another change starts parked work again with its first try.
    """

    DUE = ("follow_up_at",)

    changes = IntField(default=0)
    follow_up_at = DateTimeField()

    meta = {"abstract": True}

    @classmethod
    def follow_again(cls, agent_id: ObjectId, now: datetime) -> None:
        """Schedule the follow-up once more, because other work was done without regard to the latest change."""
        cls.find_and_update({"_id": agent_id}, changed(now))

    @classmethod
    def lease_following(cls, agent_id: ObjectId, now: datetime) -> Self | None:
        """Lease an agent's follow-up work. Return None if there is none, or another worker has the lease."""
        return cls.find_and_update(
            {"_id": agent_id, "follow_up_at": {"$lte": now}},
            {"$set": {"follow_up_at": now + timedelta(seconds=FOLLOWING_SECONDS)}, **COUNTED},
        )

    @classmethod
    def end_following(cls, agent: Self, now: datetime) -> Self | None:
        """End the lease and return None. If the agent has changed since, keep the lease and return the agent as it is.

        A worker whose lease ran out gets the changed agent, too: its work was based on an earlier status.
        """
        mine = {"_id": agent.id, "changes": agent.changes, "follow_up_at": agent.follow_up_at}
        if cls.find_and_update(mine, {"$unset": dict.fromkeys((*TRY_FIELDS, "follow_up_at"), 1)}):
            return None
        other = {"_id": agent.id, "changes": {"$ne": agent.changes}}
        until = now + timedelta(seconds=FOLLOWING_SECONDS)
        return cls.find_and_update(other, {"$set": {"follow_up_at": until, "tries": 1}})

    @classmethod
    def overdue(cls, now: datetime, limit: int = 500) -> list[ObjectId]:
        """Return the agents whose follow-up work is overdue."""
        return [agent.id for agent in cls.objects(follow_up_at__lte=now).only("id").limit(limit)]


def changed(now: datetime, *drop: str) -> dict[str, dict[str, Any]]:
    """Return the update that goes with each status change. A follow-up lease is not shortened."""
    gone = dict.fromkeys((*TRY_FIELDS, *drop), 1)
    return {"$inc": {"changes": 1}, "$max": {"follow_up_at": now}, "$unset": gone}
