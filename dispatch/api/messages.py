"""Messages over REST: everything that was said."""

from typing import Any

from flask.views import MethodView

from dispatch.api import paging
from dispatch.api.blueprint import Blueprint
from dispatch.api.schemas.messages import MessageQuery, MessageSchema
from dispatch.models import Message

blp = Blueprint("messages", __name__, url_prefix="/api/messages", description="What was said to people and by them.")
messages_shown, query = MessageSchema(many=True), MessageQuery()


@blp.route("/")
class Messages(MethodView):
    """The messages."""

    @blp.arguments(query, location="query")
    @blp.response(200, messages_shown, headers=paging.HEADER)
    @blp.fails()
    def get(self, args: dict[str, Any]) -> tuple[list[dict[str, Any]], dict[str, str]]:
        """List messages."""
        rows, headers = paging.take(Message.objects(**_filters(args)), args)
        return [_shown(message) for message in rows], headers


def _filters(args: dict[str, Any]) -> dict[str, Any]:
    filters: dict[str, Any] = {name: args[name] for name in ("client_id", "direction", "status") if name in args}
    if "job_id" in args:
        filters["job"] = args["job_id"]
    if "agent_phone" in args:
        filters |= {"phone": args["agent_phone"], "agent__ne": None}
    return filters


def _shown(message: Message) -> dict[str, Any]:
    """Show a message; `phone` only where it is an agent's, a client is known by the platform's id."""
    same = {name: message[name] for name in messages_shown.fields if name not in ("job_id", "agent_phone")}
    return {**same, "job_id": message.job, "agent_phone": message.phone if message.agent else None}
