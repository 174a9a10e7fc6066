"""Lists over REST: the jobs of an agent, a client or a property; the offers and the timers of a job."""

from typing import Any

from flask.views import MethodView
from flask_smorest import abort

from dispatch.api import job_views
from dispatch.api.plumbing import paging
from dispatch.api.plumbing.blueprint import Blueprint
from dispatch.api.schemas.jobs import JobPageQuery, JobSchema
from dispatch.api.schemas.offers import OfferSchema
from dispatch.api.schemas.paging import PageQuery
from dispatch.api.schemas.paths import AgentPath, ClientPath, PropertyPath
from dispatch.api.schemas.timers import TimerSchema
from dispatch.models import Agent, Client, Offer, Property, Timer

blp = Blueprint("job_lists", __name__, url_prefix="/api/jobs", description="Lists by agent, client, property or job.")
jobs_shown, offers_shown, timers_shown = JobSchema(many=True), OfferSchema(many=True), TimerSchema(many=True)
job_query, offer_query = JobPageQuery(), PageQuery()
agent_path, client_path, property_path = AgentPath(), ClientPath(), PropertyPath()

Page = tuple[list[dict[str, Any]], dict[str, str]]


@blp.route("/agent/<agent_phone>/jobs")
class JobsOfAgent(MethodView):
    """An agent's jobs."""

    @blp.doc(operationId="list_jobs_of_agent")
    @blp.arguments(agent_path, location="path")
    @blp.arguments(job_query, location="query")
    @blp.response(200, jobs_shown, headers=paging.HEADER)
    @blp.fails(404)
    def get(self, whose: dict[str, Any], args: dict[str, Any], agent_phone: str) -> Page:
        """List the jobs of an agent, in any state."""
        agent = Agent.by_phone(whose["agent_phone"]) or abort(404, message="There is no such agent.")
        return job_views.page(args, agent=agent.id)


@blp.route("/client/<path:client_id>/jobs")
class JobsOfClient(MethodView):
    """A client's jobs."""

    @blp.doc(operationId="list_jobs_of_client")
    @blp.arguments(client_path, location="path")
    @blp.arguments(job_query, location="query")
    @blp.response(200, jobs_shown, headers=paging.HEADER)
    @blp.fails(404)
    def get(self, whose: dict[str, Any], args: dict[str, Any], client_id: str) -> Page:
        """List the jobs of a client, in any state."""
        client = Client.known(whose["client_id"]) or abort(404, message="There is no such client.")
        return job_views.page(args, client_id=client.client_id)


@blp.route("/property/<path:property_id>/jobs")
class JobsOfProperty(MethodView):
    """A property's jobs."""

    @blp.doc(operationId="list_jobs_of_property")
    @blp.arguments(property_path, location="path")
    @blp.arguments(job_query, location="query")
    @blp.response(200, jobs_shown, headers=paging.HEADER)
    @blp.fails(404)
    def get(self, whose: dict[str, Any], args: dict[str, Any], property_id: str) -> Page:
        """List the jobs at a property, in any state."""
        house = Property.known(whose["property_id"]) or abort(404, message="There is no such property.")
        return job_views.page(args, property_id=house.property_id)


@blp.route("/<job_id>/offers")
class Offers(MethodView):
    """The offers of a job."""

    @blp.doc(operationId="list_offers_of_job")
    @blp.arguments(offer_query, location="query")
    @blp.response(200, offers_shown, headers=paging.HEADER)
    @blp.fails(404)
    def get(self, args: dict[str, Any], job_id: str) -> tuple[list[Offer], dict[str, str]]:
        """List the offers of a job: each agent it was offered to, and the result."""
        offers, headers = paging.take(Offer.objects(job=job_views.found(job_id).id), args)
        phones = Agent.phones({offer.agent for offer in offers})
        for offer in offers:
            offer.agent_phone = phones.get(offer.agent)
        return offers, headers


@blp.route("/<job_id>/timers")
class Timers(MethodView):
    """The timers of a job."""

    @blp.doc(operationId="list_timers_of_job")
    @blp.response(200, timers_shown)
    @blp.fails(404)
    def get(self, job_id: str) -> list[Timer]:
        """List the timers of a job, soonest first.

        Each kind of timer is listed once, as it was last set; timers that have fired are included.
        """
        return Timer.of_job(job_views.found(job_id).id)
