"""Agents: the people who inspect. One person has one canonical phone number."""

import secrets
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from bson import ObjectId
from mongoengine import BooleanField, DateTimeField, FloatField, IntField, ListField, ObjectIdField, StringField
from pymongo.errors import DuplicateKeyError

from dispatch.models import consent
from dispatch.models.agent.pausing import Pausing
from dispatch.models.agent.status_follow_up import changed
from dispatch.models.base import outlines
from dispatch.models.base.outlines import AgentOutline
from dispatch.models.base.tried import PARKED_INDEX
from dispatch.models.consent import BY_TWILIO, Consenting, Ground, Which
from dispatch.rules import phones
from dispatch.rules.offers.offering import AgentStatus

_PRESENT = {"present": True}
_ACTIVE = {"status": AgentStatus.ACTIVE.value, "opted_out_at": None, "unreachable_at": None}
_OFFERED = {**_ACTIVE, "paused_until": None}


class Agent(Pausing, Consenting):
    """A field agent. STOP sets `opted_out_at`: nothing is sent until START or RESUME.

    `unreachable_at`: WhatsApp reported that the number can't be reached; nothing is sent until the agent writes or the
    platform gives their number again. `join_code`: the person who sends it until `join_until` is this agent;
    `joined_by` is the message that used it. `resumes`: STOP made the agent inactive, so START makes them active again.
    `present` is true until the platform deletes the agent.
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
    language = StringField()
    opted_out_at = DateTimeField()
    unreachable_at = DateTimeField()
    unreachable_code = IntField()
    resumes = BooleanField()
    join_code = StringField()
    join_until = DateTimeField()
    joined_by = ObjectIdField()
    present = BooleanField(default=True)
    deleted_at = DateTimeField()
    request = ObjectIdField()
    created_at = DateTimeField(required=True)
    updated_at = DateTimeField(required=True)

    meta = {
        "collection": "agents",
        "indexes": [
            {"fields": ["agent_id"], "unique": True, "partialFilterExpression": _PRESENT, "name": "present_agent_id"},
            {"fields": ["phone"], "unique": True, "partialFilterExpression": _PRESENT, "name": "present_phone"},
            {"fields": ["request"], "unique": True, "partialFilterExpression": {"request": {"$exists": True}}},
            {"fields": ["join_code"], "unique": True, "partialFilterExpression": {"join_code": {"$exists": True}}},
            {"fields": ["follow_up_at"], "partialFilterExpression": {"follow_up_at": {"$exists": True}}},
            {"fields": ["paused_until"], "partialFilterExpression": {"paused_until": {"$exists": True}}},
            PARKED_INDEX,
            {"fields": ["status", "-id"]},
            {"fields": ["updated_at"]},
        ],
    }

    @staticmethod
    def new_agent_id() -> str:
        """Return a new agent_id, for an agent whom the platform posts without one."""
        return f"agent_{secrets.token_hex(6)}"

    @classmethod
    def create(cls, facts: dict[str, Any], now: datetime, request: ObjectId | None = None) -> "Agent":
        """Save a new agent and return it. A `request` creates one agent: repeated calls return the same agent.

        Raises DuplicateKeyError if another agent has the number or the agent_id.
        """
        fresh = {"agent_id": cls.new_agent_id(), **facts, "request": request}
        agent = cls(**fresh, created_at=now, updated_at=now, follow_up_at=now, consents=consent.first(now))
        try:
            agent.id = cls.collection().insert_one(agent.to_mongo()).inserted_id
        except DuplicateKeyError:
            if request and (made := cls.objects(request=request).first()):
                return made
            raise
        return agent

    @classmethod
    def find(cls, key: str) -> "Agent | None":
        """Return the agent with this id of ours or agent_id. Return None if there is none, or they are deleted."""
        found = cls.objects(agent_id=key, **_PRESENT).first() or cls.get(key)
        return found if found and found.present else None

    @classmethod
    def must_get(cls, agent_id: ObjectId) -> "Agent":
        """Return the agent with this id. Agents are never erased, so one that a job or event names exists.

        Raises DoesNotExist.
        """
        return cls.objects.get(pk=agent_id)

    @classmethod
    def by_phone(cls, phone: str) -> "Agent | None":
        """Return the agent with this key. Return None if there is none."""
        return cls.find_first({"phone": {"$in": phones.forms_of(phone)}, **_PRESENT})

    @classmethod
    def set_phone(cls, old: str, new: str) -> None:
        """Give an agent another key. Raises DuplicateKeyError if another agent has it."""
        cls.collection().update_one({"phone": old, **_PRESENT}, {"$set": {"phone": new}})

    @classmethod
    def set_join_code(cls, agent_id: ObjectId, code: str, until: datetime) -> "Agent | None":
        """Give an agent a new join code. Return None if they are deleted. Raises DuplicateKeyError if it is in use."""
        fresh = {"$set": {"join_code": code, "join_until": until}, "$unset": {"joined_by": 1}}
        return cls.find_and_update({"_id": agent_id, **_PRESENT}, fresh)

    @classmethod
    def use_join_code(cls, code: str, message: ObjectId, now: datetime, only: ObjectId | None) -> "Agent | None":
        """Use a join code for a message, and return its agent. Return None if it is not valid for this message.

        `only`: the agent who has sent the message.
        """
        unused = {"joined_by": None, "join_until": {"$gt": now}}
        theirs = {"_id": only} if only else {}
        where = {"join_code": code, "$or": [unused, {"joined_by": message}], **theirs, **_PRESENT}
        return cls.find_and_update(where, {"$set": {"joined_by": message}})

    @classmethod
    def active(cls) -> list[AgentOutline]:
        """Return all agents who may be offered a job."""
        return [AgentOutline.of(row) for row in cls.find_rows(_OFFERED, *outlines.AGENT)]

    @classmethod
    def ids_by_phone(cls, keys: Iterable[str]) -> dict[ObjectId, str]:
        """Return the agents with these keys, each id with its key."""
        forms = phones.keys_by_form(keys)
        return {
            row["_id"]: forms[row["phone"]]
            for row in cls.find_rows({"phone": {"$in": list(forms)}, **_PRESENT}, "phone")
        }

    @classmethod
    def phones(cls, agent_ids: Iterable[ObjectId]) -> dict[ObjectId, str]:
        """Return these agents' numbers by id."""
        ids = list(agent_ids)
        return {row["_id"]: row["phone"] for row in cls.find_rows({"_id": {"$in": ids}}, "phone")} if ids else {}

    @classmethod
    def active_among(cls, agent_ids: Iterable[ObjectId]) -> set[ObjectId]:
        """Return the agents among these whose claims count, including those who have paused offers."""
        return {row["_id"] for row in cls.find_rows({"_id": {"$in": list(agent_ids)}, **_ACTIVE})}

    @classmethod
    def offered_among(cls, agent_ids: Iterable[ObjectId]) -> set[ObjectId]:
        """Return the agents among these who may be offered a job."""
        return {row["_id"] for row in cls.find_rows({"_id": {"$in": list(agent_ids)}, **_OFFERED})}

    @classmethod
    def change(cls, agent_id: ObjectId, given: dict[str, Any], now: datetime) -> "Agent | None":
        """Change the details that are given, and return the agent. Return None if they are deleted.

        START does not replace a status that the platform has given. A number that the platform has given is tried
        again. Raises DuplicateKeyError.
        """
        ended = [name for name, field in (("resumes", "status"), ("unreachable_at", "phone")) if field in given]
        change = {"$set": {**given, "updated_at": now}, **changed(now, *ended)}
        return cls.find_and_update({"_id": agent_id, **_PRESENT}, change)

    @classmethod
    def opt_out(cls, agent_id: ObjectId, now: datetime, ground: Ground = BY_TWILIO) -> None:
        """Stop sending to this agent until they opt in again. An active agent becomes inactive."""
        within = {"_id": agent_id, "opted_out_at": None}
        silent = {"opted_out_at": now, "updated_at": now}
        no_more = {**silent, "status": AgentStatus.INACTIVE.value, "resumes": True}
        also = {**changed(now), **consent.noted(Which.OUT, ground, now)}
        if not cls.find_and_update({**within, "status": AgentStatus.ACTIVE.value}, {"$set": no_more, **also}):
            cls.find_and_update(within, {"$set": silent, **also})

    @classmethod
    def opt_in(cls, agent_id: ObjectId, now: datetime, ground: Ground = BY_TWILIO) -> None:
        """Send to this agent again. They become active only if STOP had made them inactive."""
        back = {"_id": agent_id, **consent.unless_noted(ground)}
        also = {**changed(now, "opted_out_at", "resumes", "paused_until"), **consent.noted(Which.IN, ground, now)}
        resuming = {**back, "status": AgentStatus.INACTIVE.value, "resumes": True}
        if not cls.find_and_update(resuming, {"$set": {"status": AgentStatus.ACTIVE.value, "updated_at": now}, **also}):
            cls.find_and_update(back, {"$set": {"updated_at": now}, **also})

    @classmethod
    def set_unreachable(cls, agent_id: ObjectId, code: int | None, now: datetime) -> bool:
        """Note that WhatsApp can't reach this agent, with the error. Return False if that is noted already."""
        lost = {"unreachable_at": now, "unreachable_code": code, "updated_at": now}
        return (
            cls.find_and_update({"_id": agent_id, "unreachable_at": None}, {"$set": lost, **changed(now)}) is not None
        )

    @classmethod
    def set_reachable(cls, agent_id: ObjectId, now: datetime) -> "Agent | None":
        """Note that an unreachable agent has written, and return the agent. Return None if they were reachable."""
        lost = {"_id": agent_id, "unreachable_at": {"$ne": None}}
        return cls.find_and_update(lost, {"$set": {"updated_at": now}, **changed(now, "unreachable_at")})

    @classmethod
    def remove(cls, agent_id: ObjectId, now: datetime) -> "Agent":
        """Delete an agent: their number and agent_id are free again, their history stays."""
        gone = {"status": AgentStatus.INACTIVE.value, "present": False, "deleted_at": now, "updated_at": now}
        cls.find_and_update({"_id": agent_id}, {"$set": gone, **changed(now, "paused_until")})
        return cls.must_get(agent_id)

    @property
    def is_opted_out(self) -> bool:
        """Whether nothing is sent to this agent."""
        return self.opted_out_at is not None

    @property
    def is_active(self) -> bool:
        """Whether this agent's claims count. Active agents get offers unless they have paused them."""
        return self.status == AgentStatus.ACTIVE and not self.is_opted_out and self.unreachable_at is None
