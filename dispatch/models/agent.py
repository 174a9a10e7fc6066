"""Agents: the people who inspect; one person, one canonical phone number."""

import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from bson import ObjectId
from mongoengine import BooleanField, DateTimeField, FloatField, IntField, ListField, ObjectIdField, StringField
from pymongo.errors import DuplicateKeyError

from dispatch.models.record import Record
from dispatch.rules.offering import AgentStatus

_PRESENT = {"present": True}
#: How long whoever follows a change has for itself before a sweep lets another one try.
FOLLOWING_SECONDS = 30


class Agent(Record):
    """A field agent. `opted_out_at` is set by STOP: then nothing is sent until START or RESUME.

    `resumes`: STOP made them inactive, so START makes them active again. `present` until the platform deletes them.
    `changes` counts how often their standing was changed; `follow_up_at` exists while what follows from the latest
    change is still to be done.
    """

    agent_id = StringField(required=True)
    name = StringField(required=True)
    phone = StringField(required=True)
    email = StringField()
    status = StringField(default=AgentStatus.ACTIVE.value)
    zone = StringField()
    specializations = ListField(StringField())
    experience_years = FloatField()
    rating = FloatField()
    total_inspections = IntField(default=0)
    languages = ListField(StringField())
    opted_out_at = DateTimeField()
    resumes = BooleanField()
    present = BooleanField(default=True)
    deleted_at = DateTimeField()
    changes = IntField(default=0)
    follow_up_at = DateTimeField()
    request = ObjectIdField()
    created_at = DateTimeField(required=True)
    updated_at = DateTimeField(required=True)

    meta = {
        "collection": "agents",
        "indexes": [
            {"fields": ["agent_id"], "unique": True, "partialFilterExpression": _PRESENT, "name": "present_agent_id"},
            {"fields": ["phone"], "unique": True, "partialFilterExpression": _PRESENT, "name": "present_phone"},
            {"fields": ["request"], "unique": True, "partialFilterExpression": {"request": {"$exists": True}}},
            {"fields": ["follow_up_at"], "partialFilterExpression": {"follow_up_at": {"$exists": True}}},
            {"fields": ["status", "-id"]},
            {"fields": ["updated_at"]},
        ],
    }

    @staticmethod
    def new_agent_id() -> str:
        """Return an agent_id for a platform that gave none."""
        return f"agent_{secrets.token_hex(6)}"

    @classmethod
    def take_on(cls, facts: dict[str, Any], now: datetime, request: ObjectId | None = None) -> "Agent":
        """Save a new agent. A `request` makes one, however often it is run: later runs return that agent.

        Raises DuplicateKeyError when another agent has the number or the agent_id.
        """
        fresh = {"agent_id": cls.new_agent_id(), **facts, "request": request}
        agent = cls(**fresh, created_at=now, updated_at=now, follow_up_at=now)
        try:
            agent.id = cls.collection().insert_one(agent.to_mongo()).inserted_id
        except DuplicateKeyError:
            if request and (made := cls.objects(request=request).first()):
                return made
            raise
        return agent

    @classmethod
    def find(cls, key: str) -> "Agent | None":
        """Return the agent by our id or by the platform's agent_id, unless the platform has deleted them."""
        found = cls.objects(agent_id=key, **_PRESENT).first() or cls.get(key)
        return found if found and found.present else None

    @classmethod
    def known(cls, agent_id: ObjectId) -> "Agent":
        """Return the agent that a job or an event names. Raises DoesNotExist: agents are never erased."""
        return cls.objects.get(pk=agent_id)

    @classmethod
    def by_phone(cls, phone: str) -> "Agent | None":
        """Return the agent with this canonical number."""
        return cls.objects(phone=phone, **_PRESENT).first()

    @classmethod
    def active(cls) -> list["Agent"]:
        """Return everybody who may be offered a job."""
        return list(cls.objects(status=AgentStatus.ACTIVE.value, opted_out_at=None))

    @classmethod
    def ids_by_phone(cls, phones: Iterable[str]) -> dict[ObjectId, str]:
        """Return the ids of the agents among these numbers, with their number."""
        return {agent.id: agent.phone for agent in cls.objects(phone__in=list(phones), **_PRESENT).only("phone")}

    @classmethod
    def phones(cls, agent_ids: Iterable[ObjectId]) -> dict[ObjectId, str]:
        """Return these agents' numbers by id."""
        ids = list(agent_ids)
        return {agent.id: agent.phone for agent in cls.objects(pk__in=ids).only("phone")} if ids else {}

    @classmethod
    def active_among(cls, agent_ids: Iterable[ObjectId]) -> set[ObjectId]:
        """Return those of these agents who may be offered a job."""
        may = cls.objects(pk__in=list(agent_ids), status=AgentStatus.ACTIVE.value, opted_out_at=None)
        return set(may.scalar("id"))

    @classmethod
    def replace(cls, agent_id: ObjectId, body: dict[str, Any], now: datetime) -> "Agent | None":
        """Replace what is known of an agent, but for the silence they asked for; None when they are deleted.

        From then on their status is what the platform says. Raises DuplicateKeyError.
        """
        change = {"$set": {**body, "updated_at": now}, "$unset": {"resumes": 1}, **_changed(now)}
        return cls.take({"_id": agent_id, **_PRESENT}, change)

    @classmethod
    def opt_out(cls, agent_id: ObjectId, now: datetime) -> None:
        """Stop sending to this agent: whoever was active is inactive, and silent until they ask back in."""
        silent = {"opted_out_at": now, "updated_at": now}
        no_more = {**silent, "status": AgentStatus.INACTIVE.value, "resumes": True}
        was_active = {"_id": agent_id, "status": AgentStatus.ACTIVE.value}
        if not cls.take(was_active, {"$set": no_more, **_changed(now)}):
            cls.take({"_id": agent_id}, {"$set": silent, **_changed(now)})

    @classmethod
    def opt_in(cls, agent_id: ObjectId, now: datetime) -> None:
        """Send to this agent again; active is only who was active before. What the platform decided stays."""
        heard = {"$unset": {"opted_out_at": 1, "resumes": 1}, **_changed(now)}
        resuming = {"_id": agent_id, "status": AgentStatus.INACTIVE.value, "resumes": True}
        if not cls.take(resuming, {"$set": {"status": AgentStatus.ACTIVE.value, "updated_at": now}, **heard}):
            cls.take({"_id": agent_id}, {"$set": {"updated_at": now}, **heard})

    @classmethod
    def remove(cls, agent_id: ObjectId, now: datetime) -> "Agent":
        """Delete an agent for the platform: their number and agent_id are free again, their history stays."""
        gone = {"status": AgentStatus.INACTIVE.value, "present": False, "deleted_at": now, "updated_at": now}
        cls.take({"_id": agent_id}, {"$set": gone, **_changed(now)})
        return cls.known(agent_id)

    @classmethod
    def follow_again(cls, agent_id: ObjectId, now: datetime) -> None:
        """Let what follows from their standing be done once more: something was done that did not heed it."""
        cls.take({"_id": agent_id}, _changed(now))

    @classmethod
    def lease_following(cls, agent_id: ObjectId, now: datetime) -> "Agent | None":
        """Take the right to do what follows from this agent's change; None when it is done or somebody is at it."""
        return cls.take(
            {"_id": agent_id, "follow_up_at": {"$lte": now}},
            {"$set": {"follow_up_at": now + timedelta(seconds=FOLLOWING_SECONDS)}},
        )

    @classmethod
    def end_following(cls, agent: "Agent", now: datetime) -> "Agent | None":
        """Give the lease back; when they have changed meanwhile, keep it and return them as they stand now.

        That goes for a follower whose lease ran out, too: what it has written is of an earlier standing.
        """
        mine = {"_id": agent.id, "changes": agent.changes, "follow_up_at": agent.follow_up_at}
        if cls.take(mine, {"$unset": {"follow_up_at": 1}}):
            return None
        changed = {"_id": agent.id, "changes": {"$ne": agent.changes}}
        return cls.take(changed, {"$set": {"follow_up_at": now + timedelta(seconds=FOLLOWING_SECONDS)}})

    @classmethod
    def overdue(cls, now: datetime, limit: int = 500) -> list[ObjectId]:
        """Return the agents whose change should have been followed by now."""
        return [agent.id for agent in cls.objects(follow_up_at__lte=now).only("id").limit(limit)]

    @property
    def is_opted_out(self) -> bool:
        """Whether nothing is sent to this agent."""
        return self.opted_out_at is not None

    @property
    def is_active(self) -> bool:
        """Whether offers go to this agent and their claims count."""
        return self.status == AgentStatus.ACTIVE and not self.is_opted_out


def _changed(now: datetime) -> dict[str, dict[str, Any]]:
    """What each change of an agent's standing also writes; a follower's lease is not cut short, its end is put off."""
    return {"$inc": {"changes": 1}, "$max": {"follow_up_at": now}}
