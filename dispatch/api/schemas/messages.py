"""Messages: how what was said is shown, and what the list can be narrowed down to."""

from enum import StrEnum
from typing import Any, ClassVar

from marshmallow import Schema, fields

from dispatch.api.schemas.fields import Choice, Phone, RecordId, Text
from dispatch.api.schemas.paging import PageQuery
from dispatch.rules.delivery import MessageState


class Direction(StrEnum):
    """Whether a person wrote it or we did."""

    INBOUND = "inbound"
    OUTBOUND = "outbound"


class MessageSchema(Schema):
    """One message. A time that it has not reached is null."""

    SHOWN: ClassVar[dict[str, Any]] = {
        "id": "65f0c0ffee65f0c0ffee0006", "direction": "outbound", "kind": "offer",
        "job_id": "65f0c0ffee65f0c0ffee0001", "agent_phone": "+2348031234567", "client_id": None,
        "text": "New inspection K7F3: reply YES to take it.", "twilio_sid": "SM5f0c0ffee65f0c0ffee65f0c0ffee0006",
        "status": "read", "error_code": None, "created_at": "2026-11-24T09:00:01+00:00", "received_at": None,
        "sent_at": "2026-11-24T09:00:02+00:00", "delivered_at": "2026-11-24T09:00:03+00:00",
        "read_at": "2026-11-24T09:00:31+00:00",
    }  # fmt: skip

    id = fields.String(required=True)
    direction = Choice(Direction, required=True)
    kind = fields.String(required=True, allow_none=True, metadata={"example": "offer"})
    job_id = fields.String(required=True, allow_none=True)
    agent_phone = fields.String(required=True, allow_none=True, metadata={"description": "Null unless an agent's."})
    client_id = fields.String(required=True, allow_none=True)
    text = fields.String(required=True, allow_none=True)
    twilio_sid = fields.String(required=True, allow_none=True)
    status = Choice(MessageState, required=True)
    error_code = fields.Integer(required=True, allow_none=True, metadata={"description": "Twilio's, such as 63016."})
    created_at = fields.DateTime(required=True, allow_none=True)
    received_at = fields.DateTime(required=True, allow_none=True)
    sent_at = fields.DateTime(required=True, allow_none=True)
    delivered_at = fields.DateTime(required=True, allow_none=True)
    read_at = fields.DateTime(required=True, allow_none=True)


class MessageQuery(PageQuery):
    """Filters of the list of messages; several together narrow it down."""

    job_id = RecordId(metadata={"description": "What was said about this job."})
    agent_phone = Phone(metadata={"description": "The agent who wrote or was written to; write the plus as %2B."})
    client_id = Text(100, blank=False, metadata={"description": "The client who wrote or was written to."})
    direction = Choice(Direction, metadata={"description": "Written by people, or by us."})
    status = Choice(MessageState, metadata={"description": "Messages that have got this far and no further."})
