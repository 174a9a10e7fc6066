"""Properties: what is inspected; known by the platform's property_id."""

from datetime import datetime
from typing import Any

from mongoengine import DateTimeField, DictField, StringField

from dispatch.models.base.record import Record


class Property(Record):
    """A property as last posted by the platform; `details` is its body."""

    property_id = StringField(required=True)
    details = DictField()
    created_at = DateTimeField()
    updated_at = DateTimeField()

    meta = {"collection": "properties", "indexes": [{"fields": ["property_id"], "unique": True}]}

    @classmethod
    def known(cls, property_id: str) -> "Property | None":
        """Return the property that the platform knows by this id."""
        return cls.find_first({"property_id": property_id})

    @classmethod
    def remember(cls, details: dict[str, Any], now: datetime) -> None:
        """Keep the property as posted, with a job to follow; a later post overwrites an earlier one."""
        cls.upsert(
            {"property_id": details["property_id"]},
            {"$set": {"details": details, "updated_at": now}, "$setOnInsert": {"created_at": now}},
            followed=True,
        )

    @classmethod
    def change(cls, property_id: str, given: dict[str, Any], now: datetime) -> None:
        """Keep these fields of a property, and leave what else is known of it: a job may know less, or older things."""
        fields = {f"details.{name}": value for name, value in {**given, "property_id": property_id}.items()}
        cls.upsert(
            {"property_id": property_id},
            {"$set": {**fields, "updated_at": now}, "$setOnInsert": {"created_at": now}},
        )
