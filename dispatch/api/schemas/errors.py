"""The shape of every error."""

from marshmallow import Schema, fields


class ErrorSchema(Schema):
    """`errors` names the fields at fault, nested as the body is; it is empty when no field is."""

    code = fields.Integer(required=True, metadata={"description": "The HTTP status.", "example": 422})
    status = fields.String(required=True, metadata={"description": "Its name.", "example": "Unprocessable Entity"})
    message = fields.String(required=True, metadata={"example": "Some fields are not valid."})
    errors = fields.Dict(required=True, metadata={"example": {"property": {"price": ["Must be at most 10^15."]}}})
