"""What the front door says."""

from typing import Any, ClassVar

from marshmallow import Schema, fields


class AboutSchema(Schema):
    """What this is and where to go on."""

    SHOWN: ClassVar[dict[str, Any]] = {
        "name": "Inspection dispatch", "version": "0.1.0", "description": "Dispatches property inspections to agents.",
        "links": {"docs": "/docs", "openapi": "/openapi.json"},
    }  # fmt: skip

    name = fields.String(required=True)
    version = fields.String(required=True)
    description = fields.String(required=True)
    links = fields.Dict(keys=fields.String(), values=fields.String(), required=True)


class HealthSchema(Schema):
    """`ok`, or `unavailable`: overall and for each store."""

    SHOWN: ClassVar[dict[str, Any]] = {"status": "ok", "mongodb": "ok", "redis": "ok"}

    status = fields.String(required=True)
    mongodb = fields.String(required=True)
    redis = fields.String(required=True)


class TallySchema(Schema):
    """How much of one kind of work is overdue."""

    count = fields.Integer(required=True, metadata={"description": "1000 says: so many, or more."})
    since = fields.DateTime(required=True, allow_none=True, metadata={"description": "Since when the oldest is."})


class ParkedOneSchema(Schema):
    """Something that failed too often and is not tried again until somebody puts it back."""

    id = fields.String(required=True, metadata={"description": "The message's, job's, offer's, agent's or timer's."})
    job_id = fields.String(required=True, allow_none=True)
    error = fields.String(
        required=True, allow_none=True, metadata={"description": "What was raised last, and where; nobody's words."}
    )


class ParkedSchema(Schema):
    """What is parked of one kind of work."""

    count = fields.Integer(required=True, metadata={"description": "1000 says: so many, or more."})
    first = fields.List(fields.Nested(ParkedOneSchema), required=True, metadata={"description": "At most five."})


class OverdueKindsSchema(Schema):
    """What should have been done by now, by kind of work. A sweep puts off what it has hinted at."""

    inbound = fields.Nested(TallySchema, required=True, metadata={"description": "Messages to be acted on."})
    claims = fields.Nested(TallySchema, required=True, metadata={"description": "Claims to be settled."})
    events = fields.Nested(TallySchema, required=True, metadata={"description": "Jobs whose events to follow up."})
    agents = fields.Nested(TallySchema, required=True, metadata={"description": "Agents whose change to follow up."})
    pauses = fields.Nested(TallySchema, required=True, metadata={"description": "Agents whose pause is to be ended."})
    outbound = fields.Nested(TallySchema, required=True, metadata={"description": "Messages to be sent."})
    look_ups = fields.Nested(TallySchema, required=True, metadata={"description": "Messages of unknown fate."})
    timers = fields.Nested(TallySchema, required=True, metadata={"description": "Timers to be armed or fired."})
    alarms = fields.Nested(TallySchema, required=True, metadata={"description": "Alarms to be posted to operations."})


class ParkedKindsSchema(Schema):
    """What has failed too often, by kind of work."""

    inbound = fields.Nested(ParkedSchema, required=True)
    outbound = fields.Nested(ParkedSchema, required=True)
    events = fields.Nested(ParkedSchema, required=True, metadata={"description": "By job."})
    claims = fields.Nested(ParkedSchema, required=True, metadata={"description": "By offer."})
    agents = fields.Nested(ParkedSchema, required=True)
    timers = fields.Nested(ParkedSchema, required=True)


class ShelfSchema(Schema):
    """Webhook forms that were kept in Redis while MongoDB did not answer, or not soon."""

    waiting = fields.Integer(required=True, metadata={"description": "What people wrote: claims wait for it."})
    receipts = fields.Integer(required=True)
    set_aside = fields.Integer(required=True, metadata={"description": "They can't be saved: read them there."})


class TierSchema(Schema):
    """Meta's limit on how many people are written to outside of their 24 hours, in 24 hours, by all senders."""

    used = fields.Integer(required=True)
    of = fields.Integer(required=True, allow_none=True, metadata={"description": "`MESSAGING_TIER`; null: no limit."})


class DetailSchema(Schema):
    """What is overdue, parked, or on the shelf; null where the store that knows does not answer."""

    SHOWN: ClassVar[dict[str, Any]] = {
        "mongodb": "ok", "redis": "ok",
        "overdue": {
            **{kind: {"count": 0, "since": None} for kind in OverdueKindsSchema._declared_fields},
            "events": {"count": 1, "since": "2026-11-24T09:00:41.120000+00:00"},
        },
        "parked": {
            **{kind: {"count": 0, "first": []} for kind in ParkedKindsSchema._declared_fields},
            "inbound": {"count": 1, "first": [{"id": "65f0c0ffee65f0c0ffee0006", "job_id": None,
                                               "error": "KeyError in dispatch.wording.rendering:render"}]},
        },
        "rescued": {"waiting": 0, "receipts": 0, "set_aside": 0}, "tier": {"used": 312, "of": 2000},
    }  # fmt: skip

    mongodb = fields.String(required=True)
    redis = fields.String(required=True)
    overdue = fields.Nested(OverdueKindsSchema, required=True, allow_none=True)
    parked = fields.Nested(ParkedKindsSchema, required=True, allow_none=True)
    rescued = fields.Nested(ShelfSchema, required=True, allow_none=True)
    tier = fields.Nested(TierSchema, required=True, allow_none=True)
