"""Agents: as the platform sends them, and as the API shows them."""

from typing import Any, ClassVar

from marshmallow import Schema, fields, missing, post_load
from marshmallow.validate import Length, Range

from dispatch.api.schemas import consents
from dispatch.api.schemas.fields import Amount, Choice, Key, Language, Mail, Phone, Text, WholeNumber
from dispatch.api.schemas.paging import ChangesQuery
from dispatch.models import AgentStatus

CHANGE_EXAMPLE = {"zone": "Yaba", "rating": 4.9, "experience_years": None}
EXAMPLE = {
    "agent_id": "agent_007",
    "name": "Ada Obi",
    "phone": "+2348031234567",
    "email": "ada@example.com",
    "status": "active",
    "zone": "Lekki",
    "specializations": ["Apartment"],
    "experience_years": 4,
    "rating": 4.8,
    "total_inspections": 120,
    "languages": ["English", "Yoruba"],
    "language": "en",
}


#: Values of fields that are empty and never null.
_EMPTY: dict[str, Any] = {"specializations": [], "languages": [], "total_inspections": 0}


class NewAgentSchema(Schema):
    """An agent as the platform sends it. A field that is left out, or null, takes its default."""

    agent_id = Key(metadata={"description": "The platform's own id. Generated when absent."})
    name = Text(200, required=True)
    phone = Phone(required=True, metadata={"description": "Unique. Stored in international form."})
    email = Mail(load_default=None)
    status = Choice(AgentStatus, load_default=AgentStatus.ACTIVE.value)
    zone = Text(100, load_default=None)
    specializations = fields.List(Text(100, blank=False), load_default=list, allow_none=True, validate=Length(max=50))
    experience_years = Amount(load_default=None, allow_none=True, validate=Range(0, 100))
    rating = Amount(load_default=None, allow_none=True, validate=Range(0, 5))
    total_inspections = WholeNumber(load_default=0, allow_none=True, validate=Range(0, 10**9))
    languages = fields.List(Text(100, blank=False), load_default=list, allow_none=True, validate=Length(max=50))
    language = Language(load_default=None)

    @post_load
    def _without_null(self, details: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
        return {name: _EMPTY.get(name) if value is None else value for name, value in details.items()}


class AgentChangeSchema(NewAgentSchema):
    """Changes of an agent. A field that is left out is kept; null clears it."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(partial=True, **kwargs)
        for field in self.fields.values():
            field.load_default = missing


class AgentSchema(Schema):
    """An agent. `opted_out` is true after a STOP from this number: nothing is sent until START, whatever `status` is.

    Nothing is sent to a suspended agent either, nor to an `unreachable` one: WhatsApp reported that the number can't be
    reached, and since then the agent has not written and you have not sent a `phone`, the same or another one. A paused
    agent gets no new offers until `paused_until`; everything else is sent.
    """

    SHOWN: ClassVar[dict[str, Any]] = {
        "id": "65f0c0ffee65f0c0ffee0004",
        **EXAMPLE,
        "opted_out": False,
        "unreachable": False,
        "paused_until": None,
        "created_at": "2026-11-24T08:00:00+00:00",
        "updated_at": "2026-11-24T08:00:00+00:00",
    }

    id = fields.String(required=True)
    agent_id = fields.String(required=True)
    name = fields.String(required=True)
    phone = fields.String(required=True)
    email = fields.String(required=True, allow_none=True)
    status = Choice(AgentStatus, required=True)
    opted_out = fields.Function(lambda agent: agent.opted_out_at is not None, metadata={"type": "boolean"})
    unreachable = fields.Function(lambda agent: agent.unreachable_at is not None, metadata={"type": "boolean"})
    paused_until = fields.DateTime(
        required=True,
        allow_none=True,
        metadata={"description": "The agent wrote PAUSE and gets no offers until then. Null: not paused."},
    )
    zone = fields.String(required=True, allow_none=True)
    specializations = fields.List(fields.String(), required=True)
    experience_years = fields.Float(required=True, allow_none=True)
    rating = fields.Float(required=True, allow_none=True)
    total_inspections = fields.Integer(required=True)
    languages = fields.List(fields.String(), required=True)
    language = fields.String(required=True, allow_none=True)
    created_at = fields.DateTime(required=True)
    updated_at = fields.DateTime(required=True)


class WholeAgentSchema(AgentSchema):
    """One agent, with their opt-ins and opt-outs."""

    SHOWN: ClassVar[dict[str, Any]] = {**AgentSchema.SHOWN, "consents": consents.EXAMPLE}

    consents = consents.consents()


class JoinCodeSchema(Schema):
    """A join code."""

    SHOWN: ClassVar[dict[str, Any]] = {"code": "JOIN 7F3K", "expires_at": "2026-11-27T08:00:00+00:00"}

    code = fields.String(required=True, metadata={"description": "The text that the person sends."})
    expires_at = fields.DateTime(required=True)


class AgentQuery(ChangesQuery):
    """Filters of the list of agents."""

    status = Choice(
        AgentStatus, metadata={"description": "Only agents with this status. An opt-out does not change the status."}
    )
