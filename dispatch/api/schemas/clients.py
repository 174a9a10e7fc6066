"""Clients: what a PUT replaces, and how a client is shown."""

from typing import Any, ClassVar

from marshmallow import Schema, fields

from dispatch.api.schemas import consents
from dispatch.api.schemas.fields import Text
from dispatch.api.schemas.jobs import ClientSchema

EXAMPLE = {"name": "John Doe", "phone": "+2348012345678", "email": "john.doe@example.com", "language": "en"}


class ClientChangeSchema(ClientSchema):
    """What a PUT replaces; `client_id` may be left out, and can't be changed."""

    client_id = Text(100, blank=False)


class KnownClientSchema(Schema):
    """A client. To whom is `opted_out`, nothing is sent: somebody with this number said STOP.

    Nor to who is `unreachable`: WhatsApp said so, and they have not written since, nor been put.
    """

    SHOWN: ClassVar[dict[str, Any]] = {
        "client_id": "client_456", **EXAMPLE, "opted_out": False, "unreachable": False,
        "created_at": "2026-11-24T09:00:00+00:00", "updated_at": "2026-11-24T09:00:00+00:00",
        "consents": consents.EXAMPLE,
    }  # fmt: skip

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
