"""The explanation why an agent has a job or not, as the API shows it."""

from typing import Any, ClassVar

from marshmallow import Schema, fields

from dispatch.api.schemas.fields import Choice
from dispatch.api.schemas.offers import OfferSchema
from dispatch.models import AgentStatus
from dispatch.rules.operations.why_causes import Because
from dispatch.rules.outbox.states import MessageState


class OfferMessageSchema(Schema):
    """The delivery of the offer's message. All details are at `/api/messages/{id}`."""

    id = fields.String(required=True)
    status = Choice(MessageState, required=True)
    error_code = fields.Integer(
        required=True, allow_none=True, metadata={"description": "Twilio's error code, such as 63016."}
    )
    created_at = fields.DateTime(required=True)
    sent_at = fields.DateTime(required=True, allow_none=True)
    delivered_at = fields.DateTime(required=True, allow_none=True)
    read_at = fields.DateTime(required=True, allow_none=True)


class ReachedSchema(Schema):
    """Why an agent has a job or not. `offer` is the agent's latest offer of this job; null if there is none."""

    SHOWN: ClassVar[dict[str, Any]] = {
        "agent_phone": "+2348031234567",
        "agent_name": "Ada Obi",
        "agent_status": "active",
        "opted_out": False,
        "offer": {**OfferSchema.SHOWN, "state": "open", "claimed_at": None, "closed_at": None},
        "offer_message": {
            "id": "65f0c0ffee65f0c0ffee0006",
            "status": "sent",
            "error_code": None,
            "created_at": "2026-11-24T09:00:01+00:00",
            "sent_at": "2026-11-24T09:00:02+00:00",
            "delivered_at": None,
            "read_at": None,
        },
        "because": "not_delivered",
        "explanation": "The offer's message was sent on 2026-11-24 at 09:00:02 UTC and is not delivered: the agent's "
        "phone is off or offline, or they have blocked us, which WhatsApp does not report.",
    }

    agent_phone = fields.String(required=True, attribute="agent.phone")
    agent_name = fields.String(required=True, attribute="agent.name")
    agent_status = Choice(AgentStatus, required=True, attribute="agent.status")
    opted_out = fields.Boolean(required=True, attribute="agent.is_opted_out")
    offer = fields.Nested(OfferSchema, required=True, allow_none=True)
    offer_message = fields.Nested(OfferMessageSchema, required=True, allow_none=True, attribute="message")
    because = Choice(Because, required=True, attribute="verdict.because")
    explanation = fields.String(required=True, attribute="verdict.explanation")
