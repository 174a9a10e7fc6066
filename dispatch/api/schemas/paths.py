"""Path parameters: the platform's own ids, and an agent's phone number."""

from marshmallow import Schema

from dispatch.api.schemas.fields import Phone, Text

_AS_POSTED = (
    "The id as you sent it, escaped: a slash as %2F. An id that begins or ends with a slash, or has dots only, can't "
    "be used in a path."
)


class AgentPath(Schema):
    """An agent, found by phone number."""

    agent_phone = Phone(
        required=True, metadata={"description": "The agent's phone number. Write the plus as it is, or as %2B."}
    )


class ClientPath(Schema):
    """A client."""

    client_id = Text(100, required=True, metadata={"description": _AS_POSTED})


class PropertyPath(Schema):
    """A property."""

    property_id = Text(100, required=True, metadata={"description": _AS_POSTED})
