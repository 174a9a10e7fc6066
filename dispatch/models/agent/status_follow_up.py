"""An agent's standing with us: each change of it is counted, and one at a time does what follows from the latest."""

from datetime import datetime, timedelta
from typing import Any, Self

from bson import ObjectId
from mongoengine import DateTimeField, IntField

from dispatch.models.base.tried import COUNTED, TRY_FIELDS, Tried

#: How long whoever follows a change has for itself before a sweep lets another one try.
FOLLOWING_SECONDS = 30


class StatusFollowUp(Tried):
    """`changes` counts how often their standing was changed; `follow_up_at` exists while what follows from the latest
    change is still to be done. The next change is a new try at what is parked.
    """

    DUE = ("follow_up_at",)

    changes = IntField(default=0)
    follow_up_at = DateTimeField()

    meta = {"abstract": True}

    @classmethod
    def follow_again(cls, agent_id: ObjectId, now: datetime) -> None:
        """Let what follows from their standing be done once more: something was done that did not heed it."""
        cls.find_and_update({"_id": agent_id}, changed(now))

    @classmethod
    def lease_following(cls, agent_id: ObjectId, now: datetime) -> Self | None:
        """Take the right to do what follows from this agent's change; None when it is done or somebody is at it."""
        return cls.find_and_update(
            {"_id": agent_id, "follow_up_at": {"$lte": now}},
            {"$set": {"follow_up_at": now + timedelta(seconds=FOLLOWING_SECONDS)}, **COUNTED},
        )

    @classmethod
    def end_following(cls, agent: Self, now: datetime) -> Self | None:
        """Give the lease back; when they have changed meanwhile, keep it and return them as they stand now.

        That goes for a follower whose lease ran out, too: what it has written is of an earlier standing.
        """
        mine = {"_id": agent.id, "changes": agent.changes, "follow_up_at": agent.follow_up_at}
        if cls.find_and_update(mine, {"$unset": dict.fromkeys((*TRY_FIELDS, "follow_up_at"), 1)}):
            return None
        other = {"_id": agent.id, "changes": {"$ne": agent.changes}}
        until = now + timedelta(seconds=FOLLOWING_SECONDS)
        return cls.find_and_update(other, {"$set": {"follow_up_at": until, "tries": 1}})

    @classmethod
    def overdue(cls, now: datetime, limit: int = 500) -> list[ObjectId]:
        """Return the agents whose change should have been followed by now."""
        return [agent.id for agent in cls.objects(follow_up_at__lte=now).only("id").limit(limit)]


def changed(now: datetime, *drop: str) -> dict[str, dict[str, Any]]:
    """What each change of an agent's standing also writes, and unsets; a follower's lease is not cut short."""
    gone = dict.fromkeys((*TRY_FIELDS, *drop), 1)
    return {"$inc": {"changes": 1}, "$max": {"follow_up_at": now}, "$unset": gone}
