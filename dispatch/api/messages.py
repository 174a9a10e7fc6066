"""Messages over REST: everything that was said, newest first."""

from typing import Any

from flask.views import MethodView

from dispatch.api import paging
from dispatch.api.blueprint import Blueprint
from dispatch.api.schemas.messages import MessageQuery, MessageSchema
from dispatch.models import Message
from dispatch.models.record import object_id

blp = Blueprint("messages", __name__, url_prefix="/api/messages", description="What was said to people and by them.")
messages_shown, query = MessageSchema(many=True), MessageQuery()


@blp.route("/")
class Messages(MethodView):
    """The messages."""

    @blp.arguments(query, location="query")
    @blp.response(200, messages_shown, headers=paging.HEADER)
    @blp.fails()
    def get(self, args: dict[str, Any]) -> tuple[list[dict[str, Any]], dict[str, str]]:
        """List messages, newest first."""
        page, page_size = args.pop("page"), args.pop("page_size")
        rows, headers = paging.take(Message.objects(**_filters(args)), page, page_size)
        return [_shown(message) for message in rows], headers


def _filters(args: dict[str, Any]) -> dict[str, Any]:
    if "job_id" in args:
        args["job"] = object_id(args.pop("job_id"))
    if "agent_phone" in args:
        args |= {"phone": args.pop("agent_phone"), "agent__ne": None}
    return args


def _shown(message: Message) -> dict[str, Any]:
    """Show a message; `phone` only where it is an agent's, a client is known by the platform's id."""
    same = {name: message[name] for name in messages_shown.fields if name not in ("job_id", "agent_phone")}
    return {**same, "job_id": message.job, "agent_phone": message.phone if message.agent else None}
