"""Timers: as the API shows them."""

from typing import Any, ClassVar

from marshmallow import Schema, fields

from dispatch.rules.clock.timer_kinds import NUDGE, TIMER_KINDS


class TimerSchema(Schema):
    """A timer of a job. It is waiting, or has `fired_at`, `missed_at` or `parked_at`."""

    SHOWN: ClassVar[dict[str, Any]] = {
        "kind": NUDGE.name,
        "due_at": "2026-11-24T09:30:41.120000+00:00",
        "waiting": True,
        "fired_at": None,
        "missed_at": None,
        "parked_at": None,
        "error": None,
        "attempts": 0,
    }

    kind = fields.String(
        required=True,
        metadata={"description": "\n".join(f"- `{kind.name}`: {kind.about}." for kind in TIMER_KINDS.values())},
    )
    due_at = fields.DateTime(required=True)
    waiting = fields.Boolean(required=True, metadata={"description": "Whether the timer is still to fire."})
    fired_at = fields.DateTime(required=True, allow_none=True)
    missed_at = fields.DateTime(
        required=True,
        allow_none=True,
        metadata={
            "description": "When the timer was found to be too late, such as a reminder of a visit that has begun."
        },
    )
    parked_at = fields.DateTime(
        required=True, allow_none=True, metadata={"description": "When the timer was given up after several tries."}
    )
    error = fields.String(
        required=True, allow_none=True, metadata={"description": "The last exception and its place in the code."}
    )
    attempts = fields.Integer(required=True, metadata={"description": "Number of tries."})
