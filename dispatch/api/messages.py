"""Messages over REST: list, show and retry messages."""

from typing import Any

from flask.views import MethodView
from flask_smorest import abort

from dispatch.actions.inbox import open_questions
from dispatch.actions.operations import put_back
from dispatch.api.plumbing import paging
from dispatch.api.plumbing.blueprint import Blueprint
from dispatch.api.schemas.messages import MessageQuery, MessageSchema, WholeMessageSchema
from dispatch.models import Message
from dispatch.models.base.record import utc_now
from dispatch.rules import phones

blp = Blueprint("messages", __name__, url_prefix="/api/messages", description="Messages to people and from people.")
messages_shown, message_shown, query = MessageSchema(many=True), WholeMessageSchema(), MessageQuery()

#: Fields that only a single message shows, as the document has them.
_WHOLE = ("language", "lane", "key", "asks", "plan", "offer", "tries", "attempts", "attempted_at", "not_before")


@blp.route("/")
class Messages(MethodView):
    """The messages."""

    @blp.doc(operationId="list_messages")
    @blp.arguments(query, location="query")
    @blp.response(200, messages_shown, headers=paging.HEADER)
    @blp.fails()
    def get(self, args: dict[str, Any]) -> tuple[list[dict[str, Any]], dict[str, str]]:
        """List messages."""
        rows, headers = paging.take(Message.objects(**_filters(args)), args)
        return [_shown(message) for message in rows], headers


@blp.route("/<message_id>")
class OneMessage(MethodView):
    """One message."""

    @blp.doc(operationId="get_message")
    @blp.response(200, message_shown)
    @blp.fails(404)
    def get(self, message_id: str) -> dict[str, Any]:
        """Show a message with its delivery attempts or how it was interpreted."""
        return _whole(_found(message_id))


@blp.route("/<message_id>/retry")
class RetryMessage(MethodView):
    """A message whose sending or handling has failed."""

    @blp.doc(operationId="retry_message")
    @blp.response(200, message_shown)
    @blp.fails(404, 409)
    def post(self, message_id: str) -> dict[str, Any]:
        """Retry a message that was given up.

        An inbound message is handled, in its order; an outbound message is sent. 409 when the message was not given
        up: then nothing changes.
        """
        message = _found(message_id)
        if not put_back.retry_message(message, utc_now()):
            state = _found(message_id).status
            abort(409, message=f"There is nothing to retry: the message is {state}.", errors={"status": [state]})
        return _whole(_found(message_id))


@blp.route("/<message_id>/answered")
class AnsweredMessage(MethodView):
    """A message that needs an answer."""

    @blp.doc(operationId="mark_message_answered")
    @blp.response(200, message_shown)
    @blp.fails(404, 409)
    def post(self, message_id: str) -> dict[str, Any]:
        """Note that you have answered a message.

        This ends `needs_answer` of the message and of the person's earlier messages, and the attention of their jobs.
        409 when the message needs no answer: then nothing changes.
        """
        message = _found(message_id)
        if not open_questions.mark_answered(message, utc_now()):
            abort(409, message="This message needs no answer.", errors={"status": [message.status]})
        return _whole(_found(message_id))


def _found(message_id: str) -> Message:
    return Message.find(message_id) or abort(404, message="There is no such message.")


def _whole(message: Message) -> dict[str, Any]:
    return {**_shown(message), **{name: message[name] for name in _WHOLE}, "meaning": message.meaning or None}


def _filters(args: dict[str, Any]) -> dict[str, Any]:
    filters: dict[str, Any] = {name: args[name] for name in ("client_id", "direction", "status") if name in args}
    if "job_id" in args:
        filters["job"] = args["job_id"]
    if "needs_answer" in args:
        filters |= {"needs_answer": True} if args["needs_answer"] else {"needs_answer__ne": True}
    if "agent_phone" in args:
        filters |= {"phone": args["agent_phone"], "agent__ne": None}
    return filters


def _shown(message: Message) -> dict[str, Any]:
    """Return a message as shown. Only an agent's phone number is shown; a client is known by the platform's id."""
    same = {name: message[name] for name in messages_shown.fields if name not in ("job_id", "agent_phone")}
    return {
        **same,
        "doubtful": bool(message.doubtful),
        "needs_answer": bool(message.needs_answer),
        "job_id": message.job,
        "agent_phone": phones.shown(message.phone) if message.agent else None,
    }
