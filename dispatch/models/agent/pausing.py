"""An agent's pause: until then they want no offers; a sweep ends it, and what waits is offered to them."""

from datetime import datetime

from bson import ObjectId
from mongoengine import DateTimeField

from dispatch.models.agent.status_follow_up import StatusFollowUp, changed


class Pausing(StatusFollowUp):
    """`paused_until` exists while an agent wants no offers. All else goes on, and their claims count."""

    paused_until = DateTimeField()

    meta = {"abstract": True}

    @classmethod
    def pause(cls, agent_id: ObjectId, until: datetime, now: datetime) -> None:
        """Offer this agent nothing new until then."""
        cls.find_and_update({"_id": agent_id}, {"$set": {"paused_until": until, "updated_at": now}, **changed(now)})

    @classmethod
    def end_pause(cls, agent_id: ObjectId, now: datetime) -> None:
        """End a pause whose time has come: that is a change of their standing, to be followed."""
        over = {"_id": agent_id, "paused_until": {"$lte": now}}
        cls.find_and_update(over, {"$set": {"updated_at": now}, **changed(now, "paused_until")})

    @classmethod
    def pauses_over(cls, now: datetime, limit: int = 500) -> list[ObjectId]:
        """Return the agents whose pause should have ended by now."""
        return [agent.id for agent in cls.objects(paused_until__lte=now).only("id").limit(limit)]
