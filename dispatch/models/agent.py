"""Agents: the people who inspect; one person, one canonical phone number."""

import secrets
from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

from bson import ObjectId
from mongoengine import BooleanField, DateTimeField, FloatField, IntField, ListField, StringField

from dispatch.models.record import Record


class AgentStatus(StrEnum):
    """Whether an agent is offered jobs."""

    ACTIVE = "active"
    INACTIVE = "inactive"
    SUSPENDED = "suspended"


class Agent(Record):
    """A field agent. `opted_out_at` is set by STOP: then nothing is sent until START or RESUME.

    `resumes`: STOP made them inactive, so START makes them active again.
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
    created_at = DateTimeField(required=True)
    updated_at = DateTimeField(required=True)

    meta = {
        "collection": "agents",
        "indexes": [
            {"fields": ["agent_id"], "unique": True},
            {"fields": ["phone"], "unique": True},
            {"fields": ["status", "-id"]},
        ],
    }

    @staticmethod
    def new_agent_id() -> str:
        """Return an agent_id for a platform that gave none."""
        return f"agent_{secrets.token_hex(6)}"

    @classmethod
    def find(cls, key: str) -> "Agent | None":
        """Return the agent by our id or by the platform's agent_id."""
        return cls.objects(agent_id=key).first() or cls.get(key)

    @classmethod
    def known(cls, agent_id: ObjectId) -> "Agent":
        """Return the agent that a job or an event names. Raises DoesNotExist: agents are never erased."""
        return cls.objects.get(pk=agent_id)

    @classmethod
    def by_phone(cls, phone: str) -> "Agent | None":
        """Return the agent with this canonical number."""
        return cls.objects(phone=phone).first()

    @classmethod
    def active(cls) -> list["Agent"]:
        """Return everybody who may be offered a job."""
        return list(cls.objects(status=AgentStatus.ACTIVE.value, opted_out_at=None))

    @classmethod
    def ids_by_phone(cls, phones: Iterable[str]) -> dict[ObjectId, str]:
        """Return the ids of the agents among these numbers, with their number."""
        return {agent.id: agent.phone for agent in cls.objects(phone__in=list(phones)).only("phone")}

    @classmethod
    def phones(cls, agent_ids: Iterable[ObjectId]) -> dict[ObjectId, str]:
        """Return these agents' numbers by id."""
        ids = list(agent_ids)
        return {agent.id: agent.phone for agent in cls.objects(pk__in=ids).only("phone")} if ids else {}

    @classmethod
    def opt_out(cls, agent_id: ObjectId, now: datetime) -> None:
        """Stop sending to this agent: whoever was active is inactive, and silent until they ask back in."""
        silent = {"opted_out_at": now, "updated_at": now}
        was_active = {"_id": agent_id, "status": AgentStatus.ACTIVE.value}
        if not cls.take(was_active, {"$set": {**silent, "status": AgentStatus.INACTIVE.value, "resumes": True}}):
            cls.take({"_id": agent_id}, {"$set": silent})

    @classmethod
    def opt_in(cls, agent_id: ObjectId, now: datetime) -> None:
        """Send to this agent again; active is only who was active before. What the platform decided stays."""
        heard = {"$unset": {"opted_out_at": 1, "resumes": 1}}
        resuming = {"_id": agent_id, "status": AgentStatus.INACTIVE.value, "resumes": True}
        if not cls.take(resuming, {"$set": {"status": AgentStatus.ACTIVE.value, "updated_at": now}, **heard}):
            cls.take({"_id": agent_id}, {"$set": {"updated_at": now}, **heard})

    @property
    def is_active(self) -> bool:
        """Whether offers go to this agent and their claims count."""
        return self.status == AgentStatus.ACTIVE and self.opted_out_at is None
