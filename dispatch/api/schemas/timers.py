"""Timers: how what falls due for a job is shown."""

from typing import Any, ClassVar

from marshmallow import Schema, fields

from dispatch.rules.clock.timer_kinds import NUDGE, TIMER_KINDS


class TimerSchema(Schema):
    """What falls due for a job: it waits, or has `fired_at`, `missed_at` or `parked_at`."""

    SHOWN: ClassVar[dict[str, Any]] = {
        "kind": NUDGE.name, "due_at": "2026-11-24T09:30:41.120000+00:00", "waiting": True, "fired_at": None,
        "missed_at": None, "parked_at": None, "error": None, "attempts": 0,
    }  # fmt: skip

    kind = fields.String(
        required=True,
        metadata={"description": "\n".join(f"- `{kind.name}`: {kind.about}." for kind in TIMER_KINDS.values())},
    )
    due_at = fields.DateTime(required=True)
    waiting = fields.Boolean(required=True, metadata={"description": "Whether it is still to happen."})
    fired_at = fields.DateTime(required=True, allow_none=True)
    missed_at = fields.DateTime(
        required=True,
        allow_none=True,
        metadata={"description": "When it was found that it comes, or went, too late: a reminder of a visit begun."},
    )
    parked_at = fields.DateTime(
        required=True, allow_none=True, metadata={"description": "When it was given up, as it failed each time."}
    )
    error = fields.String(required=True, allow_none=True, metadata={"description": "What it last failed with."})
    attempts = fields.Integer(required=True, metadata={"description": "How often it was tried."})
