"""Pauses: an agent wants no offers until a moment. A sweep ends the pause, and waiting jobs are offered."""

from datetime import datetime

from bson import ObjectId
from mongoengine import DateTimeField

from dispatch.models.agent.status_follow_up import StatusFollowUp, changed


class Pausing(StatusFollowUp):
    """`paused_until` exists while an agent wants no offers. Their jobs go on, and their claims count."""

    paused_until = DateTimeField()

    meta = {"abstract": True}

    @classmethod
    def pause(cls, agent_id: ObjectId, until: datetime, now: datetime) -> None:
        """Offer this agent nothing new until then."""
        cls.find_and_update({"_id": agent_id}, {"$set": {"paused_until": until, "updated_at": now}, **changed(now)})

    @classmethod
    def resume(cls, agent_id: ObjectId, now: datetime) -> None:
        """End a pause at the agent's word. This counts as a status change, to be followed up."""
        cls.find_and_update({"_id": agent_id}, {"$set": {"updated_at": now}, **changed(now, "paused_until")})

    @classmethod
    def end_pause(cls, agent_id: ObjectId, now: datetime) -> None:
        """End a pause that is over. This counts as a status change, to be followed up."""
        over = {"_id": agent_id, "paused_until": {"$lte": now}}
        cls.find_and_update(over, {"$set": {"updated_at": now}, **changed(now, "paused_until")})

    @classmethod
    def pauses_over(cls, now: datetime, limit: int = 500) -> list[ObjectId]:
        """Return the agents whose pause is over."""
        return [agent.id for agent in cls.objects(paused_until__lte=now).only("id").limit(limit)]
