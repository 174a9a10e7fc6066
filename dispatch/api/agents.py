"""Agents over REST: take one on, look at one or many, replace what is known of one."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import url_for
from flask.views import MethodView
from flask_smorest import abort
from pymongo.errors import DuplicateKeyError

from dispatch.actions.operations import put_back
from dispatch.actions.people import agents
from dispatch.api.plumbing import idempotency, paging
from dispatch.api.plumbing.blueprint import Blueprint
from dispatch.api.schemas.agents import EXAMPLE, AgentQuery, AgentSchema, NewAgentSchema, WholeAgentSchema
from dispatch.models import Agent, Job
from dispatch.models.base.record import utc_now

blp = Blueprint("agents", __name__, url_prefix="/api/agents", description="The people who inspect.")
new_agent, agent_shown, agents_shown, query = NewAgentSchema(), WholeAgentSchema(), AgentSchema(many=True), AgentQuery()
_UNKNOWN = "There is no such agent."


@blp.route("/")
class Agents(MethodView):
    """The agents."""

    @blp.arguments(new_agent, example=EXAMPLE)
    @blp.response(201, agent_shown, headers={"Location": {"schema": {"type": "string"}}})
    @blp.fails(400, 409, 413, 415)
    def post(self, body: dict[str, Any]) -> tuple[Agent, dict[str, str]]:
        """Take on an agent."""
        now = utc_now()
        with _conflicts_named():
            agent = Agent.create(body, now, idempotency.this_request())
        agents.agent_changed(agent, now)
        return agent, {"Location": url_for("agents.OneAgent", key=agent.id)}

    @blp.arguments(query, location="query")
    @blp.response(200, agents_shown, headers=paging.HEADER)
    @blp.fails()
    def get(self, args: dict[str, Any]) -> tuple[list[Agent], dict[str, str]]:
        """List agents."""
        return paging.take(Agent.objects(**_filters(args)), args)


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
        """Replace an agent.

        What is left out takes its default, but for `agent_id`. Who said STOP stays opted out; when they say START,
        their status is what you said last. A pause that they asked for goes on.
        """
        now, before = utc_now(), _found(key)
        with _conflicts_named():
            agent = Agent.replace(before.id, body, now)
        agent = agent or abort(404, message=_UNKNOWN)  # deleted meanwhile
        agents.agent_changed(agent, now)
        return agent

    @blp.response(204)
    @blp.fails(404, 409)
    def delete(self, key: str) -> None:
        """Let an agent go who has no open job: nothing is offered to them any more, their history stays."""
        agent = _found(key)
        if jobs := Job.owned_by(agent.id, limit=20):
            abort(
                409, message="They have open jobs; release these first.", errors={"jobs": [str(job.id) for job in jobs]}
            )
        agents.agent_changed(Agent.remove(agent.id, utc_now()), utc_now())


@blp.route("/<key>/retry")
class RetryAgent(MethodView):
    """Putting back what is parked of an agent."""

    @blp.response(200, agent_shown)
    @blp.fails(404, 409)
    def post(self, key: str) -> Agent:
        """Try again what follows from how an agent stands, which has failed too often and is parked.

        409 when it is not: then nothing happens. A deleted agent is found by `id`.
        """
        agent = Agent.find(key) or Agent.get(key) or abort(404, message=_UNKNOWN)
        if not put_back.retry_agent(agent.id, utc_now()):
            abort(409, message="Nothing of theirs is parked.", errors={"status": [agent.status]})
        return Agent.must_get(agent.id)


def _filters(args: dict[str, Any]) -> dict[str, Any]:
    return {"deleted_at": None} | ({"status": args["status"]} if "status" in args else {})


def _found(key: str) -> Agent:
    return Agent.find(key) or abort(404, message=_UNKNOWN)


@contextmanager
def _conflicts_named() -> Iterator[None]:
    """Answer 409 and name the field when another agent has its value."""
    try:
        yield
    except DuplicateKeyError as error:
        taken = (error.details or {}).get("keyPattern", {})
        abort(409, message="Another agent has this.", errors={field: ["Is taken."] for field in taken})
