"""Offers: to whom a job was shown, and what became of it."""

from typing import Any, ClassVar

from marshmallow import Schema, fields

from dispatch.api.schemas.fields import Choice
from dispatch.models import OfferState


class OfferSchema(Schema):
    """One job, shown to one agent in one round. `closed_at` is null while it may still be taken."""

    SHOWN: ClassVar[dict[str, Any]] = {
        "id": "65f0c0ffee65f0c0ffee0005", "agent_phone": "+2348031234567", "round": 1, "state": "won",
        "created_at": "2026-11-24T09:00:01+00:00", "claimed_at": "2026-11-24T09:00:40.310000+00:00",
        "closed_at": "2026-11-24T09:00:41.120000+00:00",
    }  # fmt: skip

    id = fields.String(required=True)
    agent_phone = fields.String(required=True)
    round = fields.Integer(required=True, metadata={"description": "Which search for an agent, from 1."})
    state = Choice(OfferState, required=True)
    created_at = fields.DateTime(required=True)
    claimed_at = fields.DateTime(required=True, allow_none=True, metadata={"description": "When their YES arrived."})
    closed_at = fields.DateTime(required=True, allow_none=True)
