"""Offers: the agents a job was offered to, and the results."""

from typing import Any, ClassVar

from marshmallow import Schema, fields

from dispatch.api.schemas.fields import Choice
from dispatch.models import OfferState


class OfferSchema(Schema):
    """A job offered to one agent in one round. `closed_at` is null while the offer is open."""

    SHOWN: ClassVar[dict[str, Any]] = {
        "id": "65f0c0ffee65f0c0ffee0005",
        "agent_phone": "+2348031234567",
        "round": 1,
        "state": "won",
        "created_at": "2026-11-24T09:00:01+00:00",
        "claimed_at": "2026-11-24T09:00:40.310000+00:00",
        "closed_at": "2026-11-24T09:00:41.120000+00:00",
    }

    id = fields.String(required=True)
    agent_phone = fields.String(required=True)
    round = fields.Integer(required=True, metadata={"description": "Number of the search for an agent, starting at 1."})
    state = Choice(OfferState, required=True)
    created_at = fields.DateTime(required=True)
    claimed_at = fields.DateTime(
        required=True, allow_none=True, metadata={"description": "When the agent's YES arrived."}
    )
    closed_at = fields.DateTime(required=True, allow_none=True)
