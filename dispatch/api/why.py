"""The explanation over REST why an agent has a job or not."""

from typing import Any

from flask.views import MethodView
from flask_smorest import abort

from config.settings import settings
from dispatch.actions.operations import why
from dispatch.api import job_views
from dispatch.api.plumbing.blueprint import Blueprint
from dispatch.api.schemas.why import ReachedSchema
from dispatch.models import Agent
from dispatch.models.base.record import utc_now
from dispatch.rules import phones

blp = Blueprint("why", __name__, url_prefix="/api/jobs", description="Why an agent has a job or not.")
reached_shown = ReachedSchema()


@blp.route("/<job_id>/agents/<agent>")
class AgentOfJob(MethodView):
    """One agent in relation to one job."""

    @blp.doc(operationId="explain_job_for_agent")
    @blp.response(200, reached_shown)
    @blp.fails(404)
    def get(self, job_id: str, agent: str) -> dict[str, Any]:
        """Explain why an agent has a job or not: the offer, its delivery and the agent's reply."""
        job, person = job_views.found(job_id), _found(agent)
        reached = why.explain(job, person, utc_now())
        if reached.offer:
            reached.offer.agent_phone = person.phone
        return {"agent": person, "offer": reached.offer, "message": reached.message, "verdict": reached.verdict}


def _found(key: str) -> Agent:
    """Return the agent with this `id`, `agent_id` or phone number. Answer 404 if there is none."""
    return Agent.find(key) or _by_number(key) or abort(404, message="There is no such agent.")


def _by_number(text: str) -> Agent | None:
    try:
        return Agent.by_phone(phones.canonical(text, settings().defaults.region))
    except phones.PhoneError:
        return None
