"""Agents over REST: take one on, look at one or many, replace what is known of one."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import url_for
from flask.views import MethodView
from flask_smorest import abort
from pymongo.errors import DuplicateKeyError

from dispatch.actions import changing
from dispatch.api import paging
from dispatch.api.blueprint import Blueprint
from dispatch.api.schemas.agents import EXAMPLE, AgentQuery, AgentSchema, NewAgentSchema
from dispatch.models import Agent
from dispatch.models.record import utc_now

blp = Blueprint("agents", __name__, url_prefix="/api/agents", description="The people who inspect.")
new_agent, agent_shown, agents_shown, query = NewAgentSchema(), AgentSchema(), AgentSchema(many=True), AgentQuery()


@blp.route("/")
class Agents(MethodView):
    """The agents."""

    @blp.arguments(new_agent, example=EXAMPLE)
    @blp.response(201, agent_shown, headers={"Location": {"schema": {"type": "string"}}})
    @blp.fails(400, 409, 413, 415)
    def post(self, body: dict[str, Any]) -> tuple[Agent, dict[str, str]]:
        """Take on an agent."""
        now = utc_now()
        agent = Agent(**{"agent_id": Agent.new_agent_id(), **body}, created_at=now, updated_at=now)
        with _conflicts_named():
            agent.id = Agent.collection().insert_one(agent.to_mongo()).inserted_id
        changing.agent_changed(None, agent, now)
        return agent, {"Location": url_for("agents.OneAgent", key=agent.id)}

    @blp.arguments(query, location="query")
    @blp.response(200, agents_shown, headers=paging.HEADER)
    @blp.fails()
    def get(self, args: dict[str, Any]) -> tuple[list[Agent], dict[str, str]]:
        """List agents, newest first."""
        page, page_size = args.pop("page"), args.pop("page_size")
        return paging.take(Agent.objects(**args), page, page_size)


@blp.route("/<key>")
class OneAgent(MethodView):
    """One agent, by either id."""

    @blp.response(200, agent_shown)
    @blp.fails(404)
    def get(self, key: str) -> Agent:
        """Show an agent, by `id` or by `agent_id`."""
        return _found(key)

    @blp.arguments(new_agent, example=EXAMPLE)
    @blp.response(200, agent_shown)
    @blp.fails(400, 404, 409, 413, 415)
    def put(self, body: dict[str, Any], key: str) -> Agent:
        """Replace an agent: what is left out takes its default, but for `agent_id`. Who said STOP stays opted out."""
        now, before = utc_now(), _found(key)
        with _conflicts_named():
            agent = Agent.take({"_id": before.id}, {"$set": {**body, "updated_at": now}})
        assert agent is not None  # agents are never deleted
        changing.agent_changed(before, agent, now)
        return agent


def _found(key: str) -> Agent:
    return Agent.find(key) or abort(404, message="There is no such agent.")


@contextmanager
def _conflicts_named() -> Iterator[None]:
    """Answer 409 and name the field when another agent has its value."""
    try:
        yield
    except DuplicateKeyError as error:
        taken = (error.details or {}).get("keyPattern", {})
        abort(409, message="Another agent has this.", errors={field: ["Is taken."] for field in taken})
