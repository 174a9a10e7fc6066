"""What the front door says."""

from marshmallow import Schema, fields


class AboutSchema(Schema):
    """What this is and where to go on."""

    name = fields.String(required=True)
    version = fields.String(required=True)
    description = fields.String(required=True)
    links = fields.Dict(keys=fields.String(), values=fields.String(), required=True)


class HealthSchema(Schema):
    """`ok`, or `unavailable`: overall and for each store."""

    status = fields.String(required=True, metadata={"example": "ok"})
    mongodb = fields.String(required=True, metadata={"example": "ok"})
    redis = fields.String(required=True, metadata={"example": "ok"})
