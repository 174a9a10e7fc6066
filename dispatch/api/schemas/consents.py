"""Consents: the opt-ins and opt-outs of agents and clients, and their sources."""

from typing import Any, ClassVar

from marshmallow import Schema, fields

from dispatch.api.schemas.fields import Choice
from dispatch.models.consent import How, Which

_NOTHING = dict.fromkeys(("message", "word", "code"))
#: An example of the list.
EXAMPLE: list[dict[str, Any]] = [
    {"at": "2026-11-24T08:00:00+00:00", "what": "in", "how": "platform", **_NOTHING},
    {
        "at": "2026-11-25T17:20:31.250000+00:00",
        "what": "out",
        "how": "message",
        **_NOTHING,
        "message": "65f0c0ffee65f0c0ffee0006",
        "word": "Stop",
    },
    {
        "at": "2026-11-26T07:02:11.800000+00:00",
        "what": "in",
        "how": "message",
        **_NOTHING,
        "message": "65f0c0ffee65f0c0ffee0007",
        "word": "START",
    },
]


class ConsentSchema(Schema):
    """One opt-in or opt-out. After STOP a person is `out` until START; `message` is the message's id, `word` its word.

    `how` is `platform` when the platform named the person for the first time, and `twilio` when Twilio reported the
    decision: Twilio answered the message itself, or refused to send a message, with `code`.
    """

    SHOWN: ClassVar[dict[str, Any]] = EXAMPLE[1]

    at = fields.DateTime(required=True)
    what = Choice(Which, required=True)
    how = Choice(How, required=True)
    message = fields.String(required=True, allow_none=True, dump_default=None)
    word = fields.String(required=True, allow_none=True, dump_default=None)
    code = fields.Integer(required=True, allow_none=True, dump_default=None)


def consents() -> fields.List:
    """Return the field that shows the decisions of a person."""
    latest = (
        "The decisions for this person's number, newest last: the first opt-in and the latest others, 50 in all. "
        "Decisions made before this list existed are missing."
    )
    return fields.List(fields.Nested(ConsentSchema), required=True, metadata={"description": latest})
