"""Jobs: what the platform posts, and how a job and its timeline are shown."""

from typing import Any

from marshmallow import Schema, fields
from marshmallow.validate import Email, Length, Range

from dispatch.api.schemas.fields import Amount, Choice, LocalDate, LocalTime, Phone, Text, WholeNumber, time_zone
from dispatch.api.schemas.paging import PageQuery
from dispatch.rules.job_states import JobState

MOST_ROOMS = 1000
HIGHEST_PRICE = 10**15
EXAMPLE: dict[str, Any] = {
    "property": {"property_id": "prop_123", "title": "3-Bedroom Apartment", "address": "123 Lekki Phase 1, Lagos",
                 "property_type": "Apartment", "bedrooms": 3, "bathrooms": 2, "price": 50000000, "area": "150 sqm"},
    "client": {"client_id": "client_456", "name": "John Doe", "phone": "+2348012345678",
               "email": "john.doe@example.com"},
    "inspection_date": "2027-01-15", "inspection_time": "14:00", "notes": "Client prefers afternoon viewing",
}  # fmt: skip


class PropertySchema(Schema):
    """A property; what is left out stays out of the job's snapshot."""

    property_id = Text(100, required=True)
    title = Text(200, required=True)
    address = Text(500, required=True)
    property_type = Text(100)
    bedrooms = WholeNumber(validate=Range(0, MOST_ROOMS), allow_none=True)
    bathrooms = Amount(validate=Range(0, MOST_ROOMS), allow_none=True)
    price = Amount(validate=Range(0, HIGHEST_PRICE), allow_none=True)
    currency = Text(10)
    area = Text(100)
    location = Text(200)
    zone = Text(100)
    features = fields.List(Text(500, blank=False), validate=Length(max=50), allow_none=True)
    images = fields.List(Text(500, blank=False), validate=Length(max=50), allow_none=True)
    description = Text(5000, lines=True)


class ClientSchema(Schema):
    """Whoever wants to see the property. The number is kept in canonical form."""

    client_id = Text(100, required=True)
    name = Text(200, required=True)
    phone = Phone(required=True, metadata={"maxLength": 40})
    email = Text(254, validate=lambda text: text and Email()(text))


class NewJobSchema(Schema):
    """A request for an inspection; date and time are local to `timezone`."""

    property = fields.Nested(PropertySchema, required=True)
    client = fields.Nested(ClientSchema, required=True)
    inspection_date = LocalDate(required=True, metadata={"format": "date", "description": "From now to 5 years ahead."})
    inspection_time = LocalTime(required=True, metadata={"pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$"})
    timezone = Text(60, validate=time_zone, metadata={"description": "IANA name; else `DEFAULT_TIMEZONE`."})
    notes = Text(2000, lines=True, load_default=None)


class JobSchema(Schema):
    """A job, with client and property as they were posted."""

    id = fields.String(required=True)
    code = fields.String(required=True, metadata={"description": "The job's short name in chat.", "example": "K7F3"})
    status = Choice(JobState, required=True)
    property_id = fields.String(required=True)
    client_id = fields.String(required=True)
    property_details = fields.Nested(PropertySchema, required=True)
    client_details = fields.Nested(ClientSchema, required=True)
    inspection_date = fields.String(required=True)
    inspection_time = fields.String(required=True)
    timezone = fields.String(required=True)
    starts_at = fields.DateTime(required=True, metadata={"description": "UTC."})
    assigned_agent = fields.String(required=True, allow_none=True, metadata={"description": "Their phone."})
    notes = fields.String(required=True, allow_none=True)
    reached = fields.Dict(
        keys=fields.String(),
        values=fields.DateTime(),
        required=True,
        metadata={"description": "When each state was reached: the last time, where it was reached more than once."},
    )
    created_at = fields.DateTime(required=True)
    updated_at = fields.DateTime(required=True)


class JobQuery(PageQuery):
    """Filters of the list of jobs; several together narrow it down."""

    status = Choice(JobState)
    agent_phone = Phone(metadata={"description": "The assigned agent; write the plus as %2B."})
    client_id = Text(100, blank=False)
    property_id = Text(100, blank=False)


class EventSchema(Schema):
    """Something that happened to a job. What an event has no use for is null."""

    id = fields.String(required=True)
    name = fields.String(required=True, metadata={"description": "`opened`, a state, or a note such as `overtaken`."})
    at = fields.DateTime(required=True)
    to = fields.String(required=True, allow_none=True, metadata={"description": "The state that it led to."})
    agent_phone = fields.String(required=True, allow_none=True, metadata={"description": "The agent that it is about."})
    cause = fields.String(required=True, allow_none=True, metadata={"description": "Id of the message that caused it."})
    reason = fields.String(required=True, allow_none=True)
    facts = fields.Dict(required=True, metadata={"description": "Whatever else was noted, such as `round`."})
