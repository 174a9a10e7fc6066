"""Messages: how what was said is shown, and what the list can be narrowed down to."""

from enum import StrEnum
from typing import Any, ClassVar

from marshmallow import Schema, fields, pre_dump

from dispatch.api.schemas.fields import Choice, Phone, RecordId, Text
from dispatch.api.schemas.paging import PageQuery
from dispatch.rules.inbox.acts import Act, JobStanding
from dispatch.rules.inbox.words import Word
from dispatch.rules.outbox import states
from dispatch.rules.outbox.kinds import KINDS, OFFER
from dispatch.rules.outbox.states import Lane, MessageState
from dispatch.rules.outbox.window import SentAs

#: The kinds that an outbound message can have, as the API describes them.
_KINDS = ", ".join(f"`{name}`" for name, kind in KINDS.items() if kind.wording_of is None)


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
        "status": "read", "error_code": None, "error": None,
        "created_at": "2026-11-24T09:00:01+00:00", "received_at": None, "sent_at": "2026-11-24T09:00:02+00:00",
        "delivered_at": "2026-11-24T09:00:03+00:00", "read_at": "2026-11-24T09:00:31+00:00", "doubtful": False,
    }  # fmt: skip

    id = fields.String(required=True)
    direction = Choice(Direction, required=True)
    kind = fields.String(
        required=True,
        allow_none=True,
        metadata={"example": OFFER.name, "description": f"Null for inbound messages. One of: {_KINDS}."},
    )
    job_id = fields.String(required=True, allow_none=True)
    agent_phone = fields.String(required=True, allow_none=True, metadata={"description": "Null unless an agent's."})
    client_id = fields.String(required=True, allow_none=True)
    text = fields.String(required=True, allow_none=True)
    twilio_sid = fields.String(required=True, allow_none=True)
    status = Choice(MessageState, required=True)
    error_code = fields.Integer(required=True, allow_none=True, metadata={"description": "Twilio's, such as 63016."})
    error = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "Why it is parked, or handling it last failed: what was raised, and where."},
    )
    created_at = fields.DateTime(required=True, allow_none=True)
    received_at = fields.DateTime(required=True, allow_none=True)
    sent_at = fields.DateTime(required=True, allow_none=True)
    delivered_at = fields.DateTime(required=True, allow_none=True)
    read_at = fields.DateTime(required=True, allow_none=True)
    doubtful = fields.Boolean(
        required=True,
        metadata={
            "description": "No news for long (12 hours since `sent`, 1 hour since `accepted`), and Twilio had none "
            "either when asked. The phone is off, or its owner has blocked us. A late receipt ends it."
        },
    )


class AttemptSchema(Schema):
    """One POST to Twilio. `reached` tells when it got how far."""

    n = fields.Integer(required=True, metadata={"description": "From 1."})
    state = Choice(MessageState, required=True)
    sid = fields.String(required=True, allow_none=True, metadata={"description": "Twilio's; null if it took nothing."})
    error_code = fields.Integer(required=True, allow_none=True)
    started_at = fields.DateTime(required=True)
    sent_as = Choice(SentAs, required=True, allow_none=True, metadata={"description": "Null: before there were any."})
    text = fields.String(
        required=True, allow_none=True, metadata={"description": "What it said, where that is not the message's text."}
    )
    reached = fields.Dict(keys=fields.String(), values=fields.DateTime(), required=True)

    @pre_dump
    def _all_of_it(self, attempt: dict[str, Any], **_: Any) -> dict[str, Any]:
        reached = {state: attempt[f"{state}_at"] for state in states.ATTEMPT_RANK if f"{state}_at" in attempt}
        return {"sid": None, "error_code": None, "sent_as": None, "text": None, **attempt, "reached": reached}


class MeaningSchema(Schema):
    """What an agent's words were understood as, by how things stood when they arrived; of a client's, the word."""

    act = Choice(Act, required=True, allow_none=True, metadata={"description": "What was done about it."})
    word = Choice(Word, required=True, allow_none=True)
    job_id = fields.String(required=True, allow_none=True, attribute="job")
    offer_id = fields.String(required=True, allow_none=True, attribute="offer")
    standing = Choice(
        JobStanding, required=True, allow_none=True, metadata={"description": "How the job stood for them."}
    )
    plan = fields.Integer(required=True, allow_none=True)
    codes = fields.List(fields.String(), required=True, metadata={"description": "The jobs asked back about."})
    wanted = Choice(Word, required=True, allow_none=True, metadata={"description": "The word asked back for."})

    @pre_dump
    def _all_of_it(self, meaning: dict[str, Any], **_: Any) -> dict[str, Any]:
        return {**dict.fromkeys(("act", "word", "job", "offer", "standing", "plan", "wanted")), "codes": [], **meaning}


class WholeMessageSchema(MessageSchema):
    """One message with all that is known of it; what only the other direction has is null."""

    SHOWN: ClassVar[dict[str, Any]] = {
        **MessageSchema.SHOWN, "language": "en", "lane": "bulk", "asks": "yes", "plan": 1,
        "offer_id": "65f0c0ffee65f0c0ffee0005",
        "key": "65f0c0ffee65f0c0ffee0005:65f0c0ffee65f0c0ffee0004:offer", "handlings": None, "meaning": None,
        "attempted_at": "2026-11-24T09:00:01.300000+00:00", "not_before": None,
        "attempts": [
            {"n": 1, "state": "read", "sid": MessageSchema.SHOWN["twilio_sid"], "error_code": None,
             "started_at": "2026-11-24T09:00:01.300000+00:00", "sent_as": "text", "text": None,
             "reached": {"accepted": "2026-11-24T09:00:01.600000+00:00", "sent": "2026-11-24T09:00:02+00:00",
                         "delivered": "2026-11-24T09:00:03+00:00", "read": "2026-11-24T09:00:31+00:00"}},
        ],
    }  # fmt: skip

    language = fields.String(required=True, allow_none=True, metadata={"description": "Which it is written in."})
    lane = Choice(Lane, required=True, allow_none=True)
    key = fields.String(
        required=True, allow_none=True, metadata={"description": "Unique: what caused it, whom it is for, its kind."}
    )
    asks = Choice(Word, required=True, allow_none=True, metadata={"description": "What a plain OK to it stands for."})
    plan = fields.Integer(
        required=True, allow_none=True, metadata={"description": "Which time and place of the job's it tells, from 1."}
    )
    offer_id = fields.String(required=True, allow_none=True, attribute="offer")
    attempts = fields.List(fields.Nested(AttemptSchema), required=True)
    attempted_at = fields.DateTime(required=True, allow_none=True)
    not_before = fields.DateTime(
        required=True, allow_none=True, metadata={"description": "When it is tried again, or looked up at Twilio."}
    )
    handlings = fields.Integer(
        required=True,
        allow_none=True,
        attribute="tries",
        metadata={"description": "How often it was begun to act on it."},
    )
    meaning = fields.Nested(MeaningSchema, required=True, allow_none=True)


class MessageQuery(PageQuery):
    """Filters of the list of messages; several together narrow it down."""

    job_id = RecordId(metadata={"description": "What was said about this job."})
    agent_phone = Phone(metadata={"description": "The agent who wrote or was written to; write the plus as %2B."})
    client_id = Text(100, blank=False, metadata={"description": "The client who wrote or was written to."})
    direction = Choice(Direction, metadata={"description": "Written by people, or by us."})
    status = Choice(MessageState, metadata={"description": "Messages that have got this far and no further."})
