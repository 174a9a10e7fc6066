"""Messages: how what was said is shown, and what the list can be narrowed down to."""

from enum import StrEnum

from marshmallow import Schema, fields

from dispatch.api.schemas.fields import Choice, Phone, Text, record_id
from dispatch.api.schemas.paging import PageQuery
from dispatch.rules.delivery import MessageState


class Direction(StrEnum):
    """Whether a person wrote it or we did."""

    INBOUND = "inbound"
    OUTBOUND = "outbound"


class MessageSchema(Schema):
    """One message. A time that it has not reached is null."""

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

    job_id = fields.String(validate=record_id)
    agent_phone = Phone(metadata={"description": "The agent who wrote or was written to; write the plus as %2B."})
    client_id = Text(100, blank=False)
    direction = Choice(Direction)
    status = Choice(MessageState)
