"""Agents over REST: create, list, show, change and delete agents; retry failed work for an agent."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import url_for
from flask.views import MethodView
from flask_smorest import abort
from pymongo.errors import DuplicateKeyError

from dispatch.actions.operations import put_back
from dispatch.actions.people import agents, silences
from dispatch.api.plumbing import idempotency, paging
from dispatch.api.plumbing.blueprint import Blueprint
from dispatch.api.schemas.agents import (
    CHANGE_EXAMPLE,
    EXAMPLE,
    AgentChangeSchema,
    AgentQuery,
    AgentSchema,
    JoinCodeSchema,
    NewAgentSchema,
    WholeAgentSchema,
)
from dispatch.models import Agent, Contact, Job
from dispatch.models.base.record import utc_now
from dispatch.rules.inbox import join_codes

blp = Blueprint("agents", __name__, url_prefix="/api/agents", description="Agents, who inspect properties.")
new_agent, change, query = NewAgentSchema(), AgentChangeSchema(), AgentQuery()
agent_shown, agents_shown = WholeAgentSchema(), AgentSchema(many=True)
join_code_shown = JoinCodeSchema()
_UNKNOWN = "There is no such agent."


@blp.route("/")
class Agents(MethodView):
    """The agents."""

    @blp.doc(operationId="create_agent")
    @blp.arguments(new_agent, example=EXAMPLE)
    @blp.response(201, agent_shown, headers={"Location": {"schema": {"type": "string"}}})
    @blp.fails(400, 409, 413, 415)
    def post(self, body: dict[str, Any]) -> tuple[Agent, dict[str, str]]:
        """Create an agent."""
        now = utc_now()
        Contact.set_posted(body["phone"])
        with _conflicts_named():
            agent = agents.create(body, now, idempotency.this_request())
        return silences.as_it_is(agent), {"Location": url_for("agents.OneAgent", key=agent.id)}

    @blp.doc(operationId="list_agents")
    @blp.arguments(query, location="query")
    @blp.response(200, agents_shown, headers=paging.HEADER)
    @blp.fails()
    def get(self, args: dict[str, Any]) -> tuple[list[Agent], dict[str, str]]:
        """List agents."""
        return paging.take(Agent.objects(**_filters(args)), args)


@blp.route("/<key>")
class OneAgent(MethodView):
    """One agent, found by `id` or by `agent_id`."""

    @blp.doc(operationId="get_agent")
    @blp.response(200, agent_shown)
    @blp.fails(404)
    def get(self, key: str) -> Agent:
        """Show an agent, by `id` or by `agent_id`."""
        return silences.as_it_is(_found(key))

    @blp.doc(operationId="change_agent")
    @blp.arguments(change, required=False, example=CHANGE_EXAMPLE)
    @blp.response(200, agent_shown)
    @blp.fails(400, 404, 409, 413, 415)
    def put(self, given: dict[str, Any], key: str) -> Agent:
        """Change an agent.

        A field that is left out is kept; null clears it. An opt-out is kept: after START the agent has the `status` of
        your last request that named one. Another phone number starts with your consent. A pause is kept, too.
        """
        return _changed(key, given)

    @blp.doc(operationId="patch_agent")
    @blp.arguments(change, required=False, example=CHANGE_EXAMPLE)
    @blp.response(200, agent_shown)
    @blp.fails(400, 404, 409, 413, 415)
    def patch(self, given: dict[str, Any], key: str) -> Agent:
        """Change an agent. PATCH and PUT are the same: a field that is left out is kept; null clears it."""
        return _changed(key, given)

    @blp.doc(operationId="delete_agent")
    @blp.response(204)
    @blp.fails(404, 409)
    def delete(self, key: str) -> None:
        """Delete an agent without open jobs.

        The agent is offered no further jobs. Their history is kept. 409 while the agent has open jobs.
        """
        agent = _found(key)
        if jobs := Job.owned_by(agent.id, limit=20):
            abort(
                409,
                message="This agent has open jobs; release them first.",
                errors={"jobs": [str(job.id) for job in jobs]},
            )
        agents.agent_changed(Agent.remove(agent.id, utc_now()), utc_now())


@blp.route("/<key>/join-code")
class JoinCode(MethodView):
    """A code by which a person becomes known as an agent."""

    @blp.doc(operationId="create_join_code")
    @blp.response(201, join_code_shown)
    @blp.fails(404)
    def post(self, key: str) -> dict[str, Any]:
        """Create a join code for an agent.

        Use this when the desk does not recognise an agent, for example because WhatsApp hides their number. The person
        who sends the text `code` to one of your senders is this agent from then on. The code works once, for 72 hours,
        and replaces an earlier one.
        """
        agent = agents.new_join_code(_found(key).id, utc_now()) or abort(404, message=_UNKNOWN)
        return {"code": join_codes.as_text(agent.join_code), "expires_at": agent.join_until}


@blp.route("/<key>/retry")
class RetryAgent(MethodView):
    """Failed work of an agent."""

    @blp.doc(operationId="retry_failed_work_of_agent")
    @blp.response(200, agent_shown)
    @blp.fails(404, 409)
    def post(self, key: str) -> Agent:
        """Retry failed follow-up work for an agent.

        409 when no work for this agent has failed: then nothing changes. A deleted agent is found by `id`.
        """
        agent = Agent.find(key) or Agent.get(key) or abort(404, message=_UNKNOWN)
        if not put_back.retry_agent(agent.id, utc_now()):
            abort(409, message="This agent has no failed work to retry.", errors={"status": [agent.status]})
        return silences.as_it_is(Agent.must_get(agent.id))


def _changed(key: str, given: dict[str, Any]) -> Agent:
    now, before = utc_now(), _found(key)
    if "phone" in given:
        Contact.set_posted(given["phone"])
    with _conflicts_named():
        agent = agents.change(before, given, now)
    return silences.as_it_is(agent or abort(404, message=_UNKNOWN))  # deleted since it was found


def _filters(args: dict[str, Any]) -> dict[str, Any]:
    return {"deleted_at": None} | ({"status": args["status"]} if "status" in args else {})


def _found(key: str) -> Agent:
    return Agent.find(key) or abort(404, message=_UNKNOWN)


@contextmanager
def _conflicts_named() -> Iterator[None]:
    """Answer 409 and name the field when another agent already has its value."""
    try:
        yield
    except DuplicateKeyError as error:
        taken = (error.details or {}).get("keyPattern", {})
        abort(
            409,
            message="Another agent already has these values.",
            errors={field: ["Already in use."] for field in taken},
        )
