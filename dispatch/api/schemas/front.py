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
