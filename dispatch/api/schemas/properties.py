"""Properties: as the API shows them."""

from typing import Any, ClassVar

from marshmallow import fields

from dispatch.api.schemas.jobs import EXAMPLE, PropertySchema


class KnownPropertySchema(PropertySchema):
    """A property with the data that you sent last. Fields that you left out are missing."""

    SHOWN: ClassVar[dict[str, Any]] = {
        **EXAMPLE["property"],
        "created_at": "2026-11-24T09:00:00+00:00",
        "updated_at": "2026-11-24T09:00:00+00:00",
    }

    created_at = fields.DateTime(required=True)
    updated_at = fields.DateTime(required=True)
