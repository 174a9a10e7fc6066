"""Agents: the people who inspect. One person has one canonical phone number."""

import secrets
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from bson import ObjectId
from mongoengine import BooleanField, DateTimeField, FloatField, IntField, ListField, ObjectIdField, StringField
from pymongo.errors import DuplicateKeyError

from dispatch.models.agent.pausing import Pausing
from dispatch.models.agent.status_follow_up import changed
from dispatch.models.base import outlines
from dispatch.models.base.outlines import AgentOutline
from dispatch.models.base.tried import PARKED_INDEX
from dispatch.models.consent import Consenting, Silence
from dispatch.rules import phones
from dispatch.rules.offers.offering import AgentStatus

_PRESENT = {"present": True}
_ACTIVE = {"status": AgentStatus.ACTIVE.value, "opted_out_at": None, "unreachable_at": None}
_OFFERED = {**_ACTIVE, "paused_until": None}
_NO_SILENCE = Silence()


class Agent(Pausing, Consenting):
    """A field agent. `opted_out_at` and `unreachable_at` are copied from the contact with their number.

    `join_code`: the person who sends it until `join_until` is this agent; `joined_by` is the message that used it.
    `resumes`: STOP made the agent inactive, so START makes them active again. `present` is true until the platform
    deletes the agent. `phone_changed_at`: when the platform last gave them another number.
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
    unreachable_code = IntField()
    resumes = BooleanField()
    join_code = StringField()
    join_until = DateTimeField()
    joined_by = ObjectIdField()
    phone_changed_at = DateTimeField()
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
    def create(
        cls, facts: dict[str, Any], now: datetime, request: ObjectId | None = None, silence: Silence = _NO_SILENCE
    ) -> "Agent":
        """Save a new agent and return it. A `request` creates one agent: repeated calls return the same agent.

        `silence`: that of their address. Raises DuplicateKeyError if another agent has the number or the agent_id.
        """
        copy = {"opted_out_at": silence.opted_out_at, "unreachable_at": silence.unreachable_at}
        fresh = {"agent_id": cls.new_agent_id(), **facts, **copy, "silence_of": facts["phone"], "request": request}
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

        START does not replace a status that the platform has given. Another number has its own consent, which is copied
        afterwards. Raises DuplicateKeyError.
        """
        present, facts = {"_id": agent_id, **_PRESENT}, {**given, "updated_at": now}
        followed = changed(now, *(["resumes"] if "status" in given else []))
        moved = None
        if "phone" in given:
            elsewhere = {**present, "phone": {"$nin": phones.forms_of(given["phone"])}}
            moved = cls.find_and_update(elsewhere, {"$set": {**facts, "phone_changed_at": now}, **followed})
        return moved or cls.find_and_update(present, {"$set": facts, **followed})

    @classmethod
    def copy_silence(cls, agent: "Agent", silence: Silence, now: datetime) -> "Agent | None":
        """Copy the silence of an agent's address to the agent, and return the agent.

        STOP makes an active agent inactive. START ends a pause, and makes an agent active only if STOP had made them
        inactive. Return None if there is nothing to copy, or the agent has changed since they were read.
        """
        then, here = silence.opted_out_at, agent.opted_out_at
        fields: dict[str, Any] = {"opted_out_at": then, "unreachable_at": silence.unreachable_at}
        if all(fields[name] == agent[name] for name in fields):
            return None
        if then and not here and agent.status == AgentStatus.ACTIVE:
            fields |= {"status": AgentStatus.INACTIVE.value, "resumes": True}
        if here and not then:
            back = (
                {"status": AgentStatus.ACTIVE.value} if agent.resumes and agent.status == AgentStatus.INACTIVE else {}
            )
            fields |= {"resumes": None, "paused_until": None, **back}
        as_read = {name: agent[name] for name in ("phone", "status", "resumes", "opted_out_at", "unreachable_at")}
        gone = [name for name, value in fields.items() if value is None]
        fresh = {name: value for name, value in fields.items() if value is not None}
        known = {"silence_of": agent.phone, "updated_at": now}
        return cls.find_and_update({"_id": agent.id, **as_read}, {"$set": {**fresh, **known}, **changed(now, *gone)})

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
