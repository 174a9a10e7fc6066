"""Clients: as the platform changes them, and as the API shows them."""

from typing import Any, ClassVar

from marshmallow import Schema, fields

from dispatch.api.schemas import consents
from dispatch.api.schemas.fields import Text
from dispatch.api.schemas.jobs import ClientSchema

EXAMPLE = {"name": "John Doe", "phone": "+2348012345678", "email": "john.doe@example.com", "language": "en"}


class ClientChangeSchema(ClientSchema):
    """Changes of a client. A field that is left out is kept; null clears it. `client_id` can't be changed."""

    client_id = Text(100, blank=False)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(partial=True, **kwargs)


class KnownClientSchema(Schema):
    """A client. `opted_out` is true after a STOP from this number: nothing is sent until START.

    Nothing is sent to an `unreachable` client either: WhatsApp reported that the number can't be reached, and since
    then the client has not written and you have not sent a `phone`, the same or another one.
    """

    SHOWN: ClassVar[dict[str, Any]] = {
        "client_id": "client_456",
        **EXAMPLE,
        "opted_out": False,
        "unreachable": False,
        "created_at": "2026-11-24T09:00:00+00:00",
        "updated_at": "2026-11-24T09:00:00+00:00",
        "consents": consents.EXAMPLE,
    }

    client_id = fields.String(required=True)
    name = fields.String(required=True)
    phone = fields.String(required=True)
    email = fields.String(required=True, allow_none=True)
    language = fields.String(required=True, allow_none=True)
    opted_out = fields.Boolean(required=True)
    unreachable = fields.Boolean(required=True)
    created_at = fields.DateTime(required=True)
    updated_at = fields.DateTime(required=True)
    consents = consents.consents()
