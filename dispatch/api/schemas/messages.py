"""Messages: as the API shows them, and the filters of their list."""

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
    """Inbound: a person wrote the message. Outbound: we wrote it."""

    INBOUND = "inbound"
    OUTBOUND = "outbound"


class MessageSchema(Schema):
    """A message. A time is null until the message has reached that state."""

    SHOWN: ClassVar[dict[str, Any]] = {
        "id": "65f0c0ffee65f0c0ffee0006",
        "direction": "outbound",
        "kind": "offer",
        "job_id": "65f0c0ffee65f0c0ffee0001",
        "agent_phone": "+2348031234567",
        "client_id": None,
        "text": "New inspection K7F3: reply YES to take it.",
        "twilio_sid": "SM5f0c0ffee65f0c0ffee65f0c0ffee0006",
        "status": "read",
        "error_code": None,
        "error": None,
        "created_at": "2026-11-24T09:00:01+00:00",
        "received_at": None,
        "sent_at": "2026-11-24T09:00:02+00:00",
        "delivered_at": "2026-11-24T09:00:03+00:00",
        "read_at": "2026-11-24T09:00:31+00:00",
        "doubtful": False,
        "needs_answer": False,
    }

    id = fields.String(required=True)
    direction = Choice(Direction, required=True)
    kind = fields.String(
        required=True,
        allow_none=True,
        metadata={"example": OFFER.name, "description": f"Null for inbound messages. One of: {_KINDS}."},
    )
    job_id = fields.String(required=True, allow_none=True)
    agent_phone = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "Phone number of the agent. Null for a client's message, and if it is unknown."},
    )
    client_id = fields.String(required=True, allow_none=True)
    text = fields.String(required=True, allow_none=True)
    twilio_sid = fields.String(required=True, allow_none=True)
    status = Choice(MessageState, required=True)
    error_code = fields.Integer(
        required=True, allow_none=True, metadata={"description": "Twilio's error code, such as 63016."}
    )
    error = fields.String(
        required=True,
        allow_none=True,
        metadata={
            "description": "Why the message was given up or last failed: the exception and its place in the code."
        },
    )
    created_at = fields.DateTime(required=True, allow_none=True)
    received_at = fields.DateTime(required=True, allow_none=True)
    sent_at = fields.DateTime(required=True, allow_none=True)
    delivered_at = fields.DateTime(required=True, allow_none=True)
    read_at = fields.DateTime(required=True, allow_none=True)
    doubtful = fields.Boolean(
        required=True,
        metadata={
            "description": "No receipt for a long time (12 hours since `sent`, 1 hour since `accepted`), and Twilio "
            "has no news either. The phone is off, or its owner has blocked us. A late receipt resets this to false."
        },
    )
    needs_answer = fields.Boolean(
        required=True,
        metadata={
            "description": "Whether a person should answer this message, as the desk does not understand it. It ends "
            "with `POST /api/messages/{message_id}/answered`."
        },
    )


class AttemptSchema(Schema):
    """A delivery attempt: one POST to Twilio. `reached` has the time of each state."""

    n = fields.Integer(required=True, metadata={"description": "Number of the attempt, starting at 1."})
    state = Choice(MessageState, required=True)
    sid = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "Twilio's SID. Null when Twilio did not accept the message."},
    )
    error_code = fields.Integer(required=True, allow_none=True)
    started_at = fields.DateTime(required=True)
    sent_as = Choice(
        SentAs,
        required=True,
        allow_none=True,
        metadata={"description": "Null for attempts made before this field existed."},
    )
    to = fields.String(
        required=True,
        allow_none=True,
        metadata={
            "description": "Number or WhatsApp user id to which this attempt was sent. Null for attempts made before "
            "this field existed."
        },
    )
    text = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "Text of this attempt, if it differs from the message's text."},
    )
    reached = fields.Dict(keys=fields.String(), values=fields.DateTime(), required=True)

    @pre_dump
    def _with_all_fields(self, attempt: dict[str, Any], **_: Any) -> dict[str, Any]:
        reached = {state: attempt[f"{state}_at"] for state in states.ATTEMPT_RANK if f"{state}_at" in attempt}
        return {
            "sid": None,
            "error_code": None,
            "sent_as": None,
            "to": None,
            "text": None,
            **attempt,
            "reached": reached,
        }


class MeaningSchema(Schema):
    """How an agent's message was interpreted when it arrived. A client's message has the word only."""

    act = Choice(Act, required=True, allow_none=True, metadata={"description": "How the message was handled."})
    word = Choice(Word, required=True, allow_none=True)
    job_id = fields.String(required=True, allow_none=True, attribute="job")
    offer_id = fields.String(required=True, allow_none=True, attribute="offer")
    standing = Choice(
        JobStanding,
        required=True,
        allow_none=True,
        metadata={"description": "The agent's relation to the job when the message arrived."},
    )
    plan = fields.Integer(required=True, allow_none=True)
    codes = fields.List(
        fields.String(),
        required=True,
        metadata={"description": "Codes of the jobs that the agent was asked to choose from."},
    )
    wanted = Choice(
        Word,
        required=True,
        allow_none=True,
        metadata={"description": "The word that the agent was asked to send with a code."},
    )

    @pre_dump
    def _with_all_fields(self, meaning: dict[str, Any], **_: Any) -> dict[str, Any]:
        return {**dict.fromkeys(("act", "word", "job", "offer", "standing", "plan", "wanted")), "codes": [], **meaning}


class WholeMessageSchema(MessageSchema):
    """A message with all details. Fields of the other direction are null."""

    SHOWN: ClassVar[dict[str, Any]] = {
        **MessageSchema.SHOWN,
        "language": "en",
        "lane": "bulk",
        "asks": "yes",
        "plan": 1,
        "offer_id": "65f0c0ffee65f0c0ffee0005",
        "key": "65f0c0ffee65f0c0ffee0005:65f0c0ffee65f0c0ffee0004:offer",
        "handlings": None,
        "meaning": None,
        "attempted_at": "2026-11-24T09:00:01.300000+00:00",
        "not_before": None,
        "attempts": [
            {
                "n": 1,
                "state": "read",
                "sid": MessageSchema.SHOWN["twilio_sid"],
                "error_code": None,
                "started_at": "2026-11-24T09:00:01.300000+00:00",
                "sent_as": "text",
                "to": "+2348031234567",
                "text": None,
                "reached": {
                    "accepted": "2026-11-24T09:00:01.600000+00:00",
                    "sent": "2026-11-24T09:00:02+00:00",
                    "delivered": "2026-11-24T09:00:03+00:00",
                    "read": "2026-11-24T09:00:31+00:00",
                },
            },
        ],
    }

    language = fields.String(required=True, allow_none=True, metadata={"description": "Language of the message."})
    lane = Choice(Lane, required=True, allow_none=True)
    key = fields.String(
        required=True, allow_none=True, metadata={"description": "Unique key: cause, recipient and kind."}
    )
    asks = Choice(
        Word, required=True, allow_none=True, metadata={"description": "How a bare 'OK' in reply is interpreted."}
    )
    plan = fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "Version of the schedule that this message refers to, starting at 1."},
    )
    offer_id = fields.String(required=True, allow_none=True, attribute="offer")
    attempts = fields.List(fields.Nested(AttemptSchema), required=True)
    attempted_at = fields.DateTime(required=True, allow_none=True)
    not_before = fields.DateTime(
        required=True,
        allow_none=True,
        metadata={"description": "Time of the next attempt or of the next look-up at Twilio."},
    )
    handlings = fields.Integer(
        required=True,
        allow_none=True,
        attribute="tries",
        metadata={"description": "Number of processing attempts."},
    )
    meaning = fields.Nested(MeaningSchema, required=True, allow_none=True)


class MessageQuery(PageQuery):
    """Filters of the list of messages. A message must match all of them."""

    job_id = RecordId(metadata={"description": "Only messages about this job."})
    agent_phone = Phone(
        metadata={"description": "Only messages from or to the agent with this phone number; write the plus as %2B."}
    )
    client_id = Text(100, blank=False, metadata={"description": "Only messages from or to this client."})
    direction = Choice(Direction, metadata={"description": "`inbound`: from people; `outbound`: from us."})
    status = Choice(MessageState, metadata={"description": "Only messages in this state."})
    needs_answer = fields.Boolean(
        truthy={"true"},
        falsy={"false"},
        metadata={"description": "`true`: only messages that a person should answer; `false`: only others."},
    )
