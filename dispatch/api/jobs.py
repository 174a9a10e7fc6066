"""Jobs over REST: create, list, show, change and delete jobs; show a job's timeline."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from bson import ObjectId
from flask import url_for
from flask.views import MethodView
from flask_smorest import abort

from config.settings import settings
from dispatch.actions.jobs import cancel
from dispatch.actions.jobs import new_job as jobs_new_job
from dispatch.actions.jobs import replan as jobs_replan
from dispatch.api import job_views
from dispatch.api.plumbing import idempotency, paging
from dispatch.api.plumbing.blueprint import Blueprint
from dispatch.api.schemas.jobs import (
    EXAMPLE,
    REPLAN_EXAMPLE,
    EventSchema,
    JobQuery,
    JobSchema,
    NewJobSchema,
    ReplanSchema,
)
from dispatch.models import Agent
from dispatch.models.base.record import utc_now
from dispatch.rules.jobs import plan
from dispatch.rules.jobs.states import Actor

blp = Blueprint("jobs", __name__, url_prefix="/api/jobs", description="Jobs: inspections to be made.")
new_job, replan, query = NewJobSchema(), ReplanSchema(), JobQuery()
job_shown, jobs_shown, events_shown = JobSchema(), JobSchema(many=True), EventSchema(many=True)

_EVENT_KEYS = ("id", "name", "at", "to", "agent", "cause", "reason")
#: Fields that are not part of an event's facts: fields shown by themselves, and our own id of the request.
_OWN = (*_EVENT_KEYS, "request", "by")


@blp.route("/")
class Jobs(MethodView):
    """The jobs."""

    @blp.doc(operationId="create_job")
    @blp.arguments(new_job, example=EXAMPLE)
    @blp.response(201, job_shown, headers={"Location": {"schema": {"type": "string"}}})
    @blp.fails(400, 413, 415)
    def post(self, details: dict[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
        """Create a job: an inspection to be made.

        The job is offered to all active agents at once. If the client already has an upcoming visit, the job is first
        offered to that visit's agent only, for a few minutes.
        """
        now = utc_now()
        details["timezone"] = details.get("timezone") or settings().defaults.timezone
        with _plannable():
            details["starts_at"] = plan.starts_at(details, now)
        job = jobs_new_job.open_job(details, now, idempotency.this_request())
        return job_views.shown(job), {"Location": url_for("jobs.OneJob", job_id=job.id)}

    @blp.doc(operationId="list_jobs")
    @blp.arguments(query, location="query")
    @blp.response(200, jobs_shown, headers=paging.HEADER)
    @blp.fails()
    def get(self, args: dict[str, Any]) -> tuple[list[dict[str, Any]], dict[str, str]]:
        """List jobs."""
        return job_views.page(args)


@blp.route("/<job_id>")
class OneJob(MethodView):
    """One job."""

    @blp.doc(operationId="get_job")
    @blp.response(200, job_shown)
    @blp.fails(404)
    def get(self, job_id: str) -> dict[str, Any]:
        """Show a job."""
        return job_views.shown(job_views.found(job_id))

    @blp.doc(operationId="change_job")
    @blp.arguments(replan, required=False, example=REPLAN_EXAMPLE)
    @blp.response(200, job_shown)
    @blp.fails(400, 404, 409, 413, 415)
    def put(self, given: dict[str, Any], job_id: str) -> dict[str, Any]:
        """Change a job: its time, property or notes.

        A field that is left out is kept; null clears it. When the time or the address changes, a pending job is offered
        again, and an assigned agent is asked to CONFIRM again. New notes or a new title are sent to the agent. Other
        details, and another name of the same time zone, are announced to nobody. For another `property_id` the known
        data of that property are used; for an unknown property, title and address are required.
        """
        return _changed(job_id, given)

    @blp.doc(operationId="patch_job")
    @blp.arguments(replan, required=False, example=REPLAN_EXAMPLE)
    @blp.response(200, job_shown)
    @blp.fails(400, 404, 409, 413, 415)
    def patch(self, given: dict[str, Any], job_id: str) -> dict[str, Any]:
        """Change a job. PATCH and PUT are the same: a field that is left out is kept; null clears it."""
        return _changed(job_id, given)

    @blp.doc(operationId="delete_job")
    @blp.response(204)
    @blp.fails(404, 409)
    def delete(self, job_id: str) -> None:
        """Cancel a job and remove it from all lists; its messages are kept."""
        job = job_views.found(job_id)
        if not cancel.delete(job.id, utc_now()):
            job_views.refuse(job_id)


@blp.route("/<job_id>/timeline")
class Timeline(MethodView):
    """The timeline of a job."""

    @blp.doc(operationId="list_events_of_job")
    @blp.response(200, events_shown)
    @blp.fails(404)
    def get(self, job_id: str) -> list[dict[str, Any]]:
        """List the events of a job, oldest first."""
        events = job_views.found(job_id).timeline
        phones = Agent.phones({event["agent"] for event in events if "agent" in event})
        return [_event_shown(event, phones) for event in events]


def _changed(job_id: str, given: dict[str, Any]) -> dict[str, Any]:
    job_views.found(job_id)
    if "timezone" in given:
        given["timezone"] = given["timezone"] or settings().defaults.timezone
    with _plannable():
        changed = jobs_replan.replace(ObjectId(job_id), given, utc_now())
    return job_views.shown(changed) if changed else job_views.refuse(job_id)


@contextmanager
def _plannable() -> Iterator[None]:
    """Answer 422 and name the field when the visit can't be planned like this."""
    try:
        yield
    except plan.Unplannable as fault:
        abort(422, message="Some fields are not valid.", errors=fault.errors)


def _event_shown(event: dict[str, Any], phones: dict[ObjectId, str]) -> dict[str, Any]:
    shown = {key: event.get(key) for key in _EVENT_KEYS}
    shown["agent_phone"] = phones.get(event["agent"]) if "agent" in event else None
    shown["by"] = event.get("by") or (Actor.AGENT if event.get("cause") else Actor.DESK)
    return {**shown, "facts": {key: _plain(value) for key, value in event.items() if key not in _OWN}}


def _plain(value: Any) -> Any:
    """Return a fact of an event as a JSON value."""
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, datetime):
        return value.isoformat()
    return value if isinstance(value, str | int | float | None) else str(value)
