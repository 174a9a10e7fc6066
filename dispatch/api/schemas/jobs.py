"""Jobs: as the platform sends them, and as the API shows them with their timelines."""

from datetime import timedelta
from typing import Any, ClassVar

from marshmallow import Schema, fields
from marshmallow.validate import Length, OneOf, Range

from dispatch.api.schemas.fields import (
    Amount,
    Choice,
    Language,
    LocalDate,
    LocalTime,
    Mail,
    Phone,
    Text,
    TimeZone,
    WholeNumber,
)
from dispatch.api.schemas.paging import ChangesQuery
from dispatch.models.base.record import utc_now
from dispatch.rules.jobs.attention import ENDED_BY_HAND, REASONS, Reason
from dispatch.rules.jobs.states import Actor, JobState

MOST_ROOMS = 1000
HIGHEST_PRICE = 10**15
#: Half a year ahead, so that the examples work at any time.
_SOME_DAY = (utc_now() + timedelta(days=180)).date().isoformat()
EXAMPLE: dict[str, Any] = {
    "property": {
        "property_id": "prop_123",
        "title": "3-Bedroom Apartment",
        "address": "123 Lekki Phase 1, Lagos",
        "property_type": "Apartment",
        "bedrooms": 3,
        "bathrooms": 2,
        "price": 50000000,
        "area": "150 sqm",
    },
    "client": {
        "client_id": "client_456",
        "name": "John Doe",
        "phone": "+2348012345678",
        "email": "john.doe@example.com",
    },
    "inspection_date": _SOME_DAY,
    "inspection_time": "14:00",
    "notes": "Client prefers afternoon viewing",
}
REPLAN_EXAMPLE = {"inspection_date": _SOME_DAY, "inspection_time": "10:30", "notes": "The gate code is 4711"}


class PropertySchema(Schema):
    """A property. A field that is left out is not in the job's `property_details`."""

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
    """The client. The phone number is stored in international form."""

    client_id = Text(100, required=True)
    name = Text(200, required=True)
    phone = Phone(required=True)
    email = Mail()
    language = Language()


class NewJobSchema(Schema):
    """A new job. Date and time are local to `timezone`."""

    property = fields.Nested(PropertySchema, required=True)
    client = fields.Nested(ClientSchema, required=True)
    inspection_date = LocalDate(
        required=True, metadata={"format": "date", "description": "Must be in the future, at most five years ahead."}
    )
    inspection_time = LocalTime(required=True, metadata={"pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$"})
    timezone = TimeZone(metadata={"description": "IANA name. Default: `DEFAULT_TIMEZONE`."})
    notes = Text(2000, lines=True, load_default=None)


class PropertyChangeSchema(PropertySchema):
    """Changes of a property. A field that is left out is kept; null clears it."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(partial=True, **kwargs)


class ReplanSchema(Schema):
    """Changes of a job. A field that is left out is kept; null clears it."""

    property = fields.Nested(PropertyChangeSchema)
    inspection_date = LocalDate(
        metadata={"format": "date", "description": "Must be in the future, at most five years ahead."}
    )
    inspection_time = LocalTime(metadata={"pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$"})
    timezone = TimeZone(metadata={"description": "IANA name. Null: `DEFAULT_TIMEZONE`."})
    notes = Text(2000, lines=True)


class AssignSchema(Schema):
    """The agent who gets a job."""

    agent = Text(
        100, required=True, metadata={"description": "The agent's `id`, `agent_id` or phone number.", "minLength": 1}
    )


class EndAttentionSchema(Schema):
    """A reason for attention that a person has dealt with."""

    reason = fields.String(required=True, validate=OneOf(sorted(ENDED_BY_HAND), error="Must be one of: {choices}."))


class ReasonSchema(Schema):
    """The reason for a cancellation."""

    reason = Text(500, metadata={"description": "Shown in the timeline only; never sent to anyone."})


class ReleaseSchema(ReasonSchema):
    """The reason for a release, and the agent to be removed."""

    agent_phone = Phone(metadata={"description": "Release the job only if this agent has it; else 409."})


class AttentionSchema(Schema):
    """A reason why operations should look at a job."""

    reason = Choice(Reason, required=True)
    since = fields.DateTime(required=True, allow_none=True)


class JobSchema(Schema):
    """A job, with the client and the property as you sent them."""

    SHOWN: ClassVar[dict[str, Any]] = {
        "id": "65f0c0ffee65f0c0ffee0001",
        "code": "K7F3",
        "status": "assigned",
        "property_id": "prop_123",
        "client_id": "client_456",
        "property_details": EXAMPLE["property"],
        "client_details": EXAMPLE["client"],
        "inspection_date": _SOME_DAY,
        "inspection_time": "14:00",
        "timezone": "Africa/Lagos",
        "starts_at": f"{_SOME_DAY}T13:00:00+00:00",
        "assigned_agent": "+2348031234567",
        "notes": EXAMPLE["notes"],
        "attention": None,
        "attention_since": None,
        "attentions": [],
        "reached": {"pending": "2026-11-24T09:00:00+00:00", "assigned": "2026-11-24T09:00:41.120000+00:00"},
        "created_at": "2026-11-24T09:00:00+00:00",
        "updated_at": "2026-11-24T09:00:41.120000+00:00",
    }

    id = fields.String(required=True)
    code = fields.String(required=True, metadata={"description": "Short name of the job in chat.", "example": "K7F3"})
    status = Choice(JobState, required=True)
    property_id = fields.String(required=True)
    client_id = fields.String(required=True)
    property_details = fields.Nested(PropertySchema, required=True)
    client_details = fields.Nested(ClientSchema, required=True)
    inspection_date = fields.String(required=True)
    inspection_time = fields.String(required=True)
    timezone = fields.String(required=True)
    starts_at = fields.DateTime(required=True, metadata={"description": "Start of the visit, in UTC."})
    assigned_agent = fields.String(
        required=True, allow_none=True, metadata={"description": "Phone number of the assigned agent."}
    )
    notes = fields.String(required=True, allow_none=True)
    attention = Choice(
        Reason,
        required=True,
        allow_none=True,
        metadata={"description": "Why operations should look at this job: the newest reason. Null: no need."},
    )
    attention_since = fields.DateTime(required=True, allow_none=True)
    attentions = fields.List(
        fields.Nested(AttentionSchema),
        required=True,
        metadata={"description": "All reasons for attention that stand, oldest first."},
    )
    reached = fields.Dict(
        keys=fields.String(),
        values=fields.DateTime(),
        required=True,
        metadata={"description": "When each state was last reached."},
    )
    created_at = fields.DateTime(required=True)
    updated_at = fields.DateTime(required=True)


class JobPageQuery(ChangesQuery):
    """Filters of every list of jobs. A job must match all of them."""

    status = Choice(JobState, metadata={"description": "Only jobs in this state."})
    attention = fields.String(
        validate=OneOf(("true", "false", *REASONS), error="Must be one of: {choices}."),
        metadata={
            "description": "`true`: only jobs that operations should look at; `false`: only other jobs; a reason: only "
            "jobs for which it stands, alone or with others."
        },
    )


class JobQuery(JobPageQuery):
    """Filters of the list of all jobs."""

    agent_phone = Phone(metadata={"description": "Phone number of the assigned agent; write the plus as %2B."})
    client_id = Text(100, blank=False, metadata={"description": "The platform's own id of the client."})
    property_id = Text(100, blank=False, metadata={"description": "The platform's own id of the property."})


class EventSchema(Schema):
    """An event of a job. Fields that do not apply are null."""

    SHOWN: ClassVar[dict[str, Any]] = {
        "id": "65f0c0ffee65f0c0ffee0002",
        "name": "assigned",
        "at": "2026-11-24T09:00:41.120000+00:00",
        "to": "assigned",
        "agent_phone": "+2348031234567",
        "cause": "65f0c0ffee65f0c0ffee0003",
        "reason": None,
        "by": "agent",
        "facts": {"round": 1},
    }

    id = fields.String(required=True)
    name = fields.String(
        required=True,
        metadata={"description": "Name of the event: `opened`, `moved`, a state, or a note such as `overlaps`."},
    )
    at = fields.DateTime(required=True)
    to = fields.String(required=True, allow_none=True, metadata={"description": "The job's state after this event."})
    agent_phone = fields.String(
        required=True, allow_none=True, metadata={"description": "Phone number of the agent involved."}
    )
    cause = fields.String(
        required=True, allow_none=True, metadata={"description": "Id of the message that caused this event."}
    )
    reason = fields.String(required=True, allow_none=True)
    by = Choice(
        Actor,
        required=True,
        metadata={"description": "`agent`: by a message or tap; `platform`: by a call of this API; `desk`: by itself."},
    )
    facts = fields.Dict(
        required=True,
        metadata={
            "description": "Further details, such as `round`. `changes` lists what changed: `field`, `old` and `new`."
        },
    )
