"""What stands in a path: the platform's own ids, and an agent's number."""

from marshmallow import Schema

from dispatch.api.schemas.fields import Phone, Text

_AS_POSTED = "As posted, escaped: a slash as %2F. One that begins or ends with a slash, or is dots only, fits no path."


class AgentPath(Schema):
    """An agent, by their number."""

    agent_phone = Phone(required=True, metadata={"description": "Write the plus as it is, or as %2B."})


class ClientPath(Schema):
    """A client."""

    client_id = Text(100, required=True, metadata={"description": _AS_POSTED})


class PropertyPath(Schema):
    """A property."""

    property_id = Text(100, required=True, metadata={"description": _AS_POSTED})
