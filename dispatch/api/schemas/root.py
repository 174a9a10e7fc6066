"""Service information, health and operational status."""

from typing import Any, ClassVar

from marshmallow import Schema, fields


class AboutSchema(Schema):
    """Service information, with links."""

    SHOWN: ClassVar[dict[str, Any]] = {
        "name": "Inspection dispatch",
        "version": "0.2.0",
        "description": "Dispatches property inspections to agents.",
        "links": {"docs": "/docs", "openapi": "/openapi.json"},
    }

    name = fields.String(required=True)
    version = fields.String(required=True)
    description = fields.String(required=True)
    links = fields.Dict(keys=fields.String(), values=fields.String(), required=True)


class HealthSchema(Schema):
    """Health: `ok` or `unavailable`, overall and for each store."""

    SHOWN: ClassVar[dict[str, Any]] = {"status": "ok", "mongodb": "ok", "redis": "ok"}

    status = fields.String(required=True)
    mongodb = fields.String(required=True)
    redis = fields.String(required=True)


class TallySchema(Schema):
    """The overdue work of one kind."""

    count = fields.Integer(required=True, metadata={"description": "Capped: 1000 means 1000 or more."})
    since = fields.DateTime(
        required=True, allow_none=True, metadata={"description": "Since when the oldest work is overdue."}
    )


class ParkedOneSchema(Schema):
    """Work that was given up. It is tried again only after a manual retry."""

    id = fields.String(required=True, metadata={"description": "Id of the message, job, offer, agent or timer."})
    job_id = fields.String(required=True, allow_none=True)
    error = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "The last exception and its place in the code; no texts of people."},
    )


class ParkedSchema(Schema):
    """The work of one kind that was given up."""

    count = fields.Integer(required=True, metadata={"description": "Capped: 1000 means 1000 or more."})
    first = fields.List(
        fields.Nested(ParkedOneSchema), required=True, metadata={"description": "The first five at most."}
    )


class OverdueKindsSchema(Schema):
    """Overdue work by kind. A sweep enqueues overdue work again and reschedules it."""

    inbound = fields.Nested(TallySchema, required=True, metadata={"description": "Inbound messages to be handled."})
    claims = fields.Nested(TallySchema, required=True, metadata={"description": "YES replies to be decided."})
    events = fields.Nested(TallySchema, required=True, metadata={"description": "Jobs with events to follow up."})
    agents = fields.Nested(
        TallySchema, required=True, metadata={"description": "Agents with a status change to follow up."}
    )
    pauses = fields.Nested(
        TallySchema, required=True, metadata={"description": "Agents whose pause is over and must be ended."}
    )
    outbound = fields.Nested(TallySchema, required=True, metadata={"description": "Outbound messages to be sent."})
    look_ups = fields.Nested(
        TallySchema,
        required=True,
        metadata={"description": "Messages to be looked up at Twilio: it is unknown whether Twilio accepted them."},
    )
    timers = fields.Nested(TallySchema, required=True, metadata={"description": "Timers to be scheduled or fired."})
    alarms = fields.Nested(TallySchema, required=True, metadata={"description": "Alarms to be posted to operations."})


class ParkedKindsSchema(Schema):
    """Work that was given up, by kind."""

    inbound = fields.Nested(ParkedSchema, required=True)
    outbound = fields.Nested(ParkedSchema, required=True)
    events = fields.Nested(ParkedSchema, required=True, metadata={"description": "Event follow-ups, by job."})
    claims = fields.Nested(ParkedSchema, required=True, metadata={"description": "YES replies, by offer."})
    agents = fields.Nested(ParkedSchema, required=True)
    timers = fields.Nested(ParkedSchema, required=True)


class ShelfSchema(Schema):
    """Webhooks that are buffered in Redis, as MongoDB did not answer in time."""

    waiting = fields.Integer(
        required=True, metadata={"description": "Inbound messages. No YES is decided before they are saved."}
    )
    receipts = fields.Integer(required=True)
    set_aside = fields.Integer(
        required=True, metadata={"description": "Webhooks that can't be saved; read them in Redis."}
    )


class TierSchema(Schema):
    """Meta's messaging tier: how many people all senders together may write to first within 24 hours."""

    used = fields.Integer(required=True)
    of = fields.Integer(required=True, allow_none=True, metadata={"description": "`MESSAGING_TIER`. Null: no limit."})


class DetailSchema(Schema):
    """Overdue work, failed work and buffered webhooks. A part is null when its store does not answer."""

    SHOWN: ClassVar[dict[str, Any]] = {
        "mongodb": "ok",
        "redis": "ok",
        "overdue": {
            **{kind: {"count": 0, "since": None} for kind in OverdueKindsSchema._declared_fields},
            "events": {"count": 1, "since": "2026-11-24T09:00:41.120000+00:00"},
        },
        "parked": {
            **{kind: {"count": 0, "first": []} for kind in ParkedKindsSchema._declared_fields},
            "inbound": {
                "count": 1,
                "first": [
                    {
                        "id": "65f0c0ffee65f0c0ffee0006",
                        "job_id": None,
                        "error": "KeyError in dispatch.wording.rendering:render",
                    }
                ],
            },
        },
        "rescued": {"waiting": 0, "receipts": 0, "set_aside": 0},
        "tier": {"used": 312, "of": 2000},
    }

    mongodb = fields.String(required=True)
    redis = fields.String(required=True)
    overdue = fields.Nested(OverdueKindsSchema, required=True, allow_none=True)
    parked = fields.Nested(ParkedKindsSchema, required=True, allow_none=True)
    rescued = fields.Nested(ShelfSchema, required=True, allow_none=True)
    tier = fields.Nested(TierSchema, required=True, allow_none=True)
