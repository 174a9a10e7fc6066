"""The shape of every error."""

from marshmallow import Schema, fields


class ErrorSchema(Schema):
    """An error. `errors` names the invalid fields, nested like the body; it is empty when no field is invalid."""

    code = fields.Integer(required=True, metadata={"description": "The HTTP status.", "example": 422})
    status = fields.String(
        required=True, metadata={"description": "The name of the HTTP status.", "example": "Unprocessable Entity"}
    )
    message = fields.String(required=True, metadata={"example": "Some fields are not valid."})
    errors = fields.Dict(required=True, metadata={"example": {"property": {"price": ["Must be at most 10^15."]}}})
