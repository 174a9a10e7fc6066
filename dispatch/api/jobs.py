"""Jobs over REST: ask for an inspection, look at one or many, and read what happened."""

from datetime import date, datetime, time, timedelta
from typing import Any

from bson import ObjectId
from flask import url_for
from flask.views import MethodView
from flask_smorest import abort

from config.settings import settings
from dispatch.actions import opening
from dispatch.api import paging
from dispatch.api.blueprint import Blueprint
from dispatch.api.schemas.jobs import EXAMPLE, EventSchema, JobQuery, JobSchema, NewJobSchema
from dispatch.models import Agent, Job
from dispatch.models.record import utc_now
from dispatch.rules import timing

blp = Blueprint("jobs", __name__, url_prefix="/api/jobs", description="An inspection to be made.")
new_job, job_shown, jobs_shown, query = NewJobSchema(), JobSchema(), JobSchema(many=True), JobQuery()
events_shown = EventSchema(many=True)

#: How far ahead an inspection may be asked for.
FURTHEST = timedelta(days=5 * 366)
_EVENT_KEYS = ("id", "name", "at", "to", "agent", "cause", "reason")


@blp.route("/")
class Jobs(MethodView):
    """The jobs."""

    @blp.arguments(new_job, example=EXAMPLE)
    @blp.response(201, job_shown, headers={"Location": {"schema": {"type": "string"}}})
    @blp.fails(400, 413, 415)
    def post(self, details: dict[str, Any]) -> tuple[Job, dict[str, str]]:
        """Ask for an inspection; it is offered to every active agent at once."""
        now = utc_now()
        details["timezone"] = details.get("timezone") or settings().default_timezone
        details["starts_at"] = _starts_at(details, now)
        job = opening.open_job(details, now)
        return _shown([job])[0], {"Location": url_for("jobs.OneJob", job_id=job.id)}

    @blp.arguments(query, location="query")
    @blp.response(200, jobs_shown, headers=paging.HEADER)
    @blp.fails()
    def get(self, args: dict[str, Any]) -> tuple[list[Job], dict[str, str]]:
        """List jobs, newest first."""
        page, page_size = args.pop("page"), args.pop("page_size")
        rows, headers = paging.take(_matching(args), page, page_size)
        return _shown(rows), headers


@blp.route("/<job_id>")
class OneJob(MethodView):
    """One job."""

    @blp.response(200, job_shown)
    @blp.fails(404)
    def get(self, job_id: str) -> Job:
        """Show a job."""
        return _shown([_found(job_id)])[0]


@blp.route("/<job_id>/timeline")
class Timeline(MethodView):
    """What happened to a job."""

    @blp.response(200, events_shown)
    @blp.fails(404)
    def get(self, job_id: str) -> list[dict[str, Any]]:
        """Tell what happened to a job, oldest first."""
        events = _found(job_id).timeline
        phones = Agent.phones({event["agent"] for event in events if "agent" in event})
        return [_event_shown(event, phones) for event in events]


def _starts_at(details: dict[str, Any], now: datetime) -> datetime:
    day, at = date.fromisoformat(details["inspection_date"]), time.fromisoformat(details["inspection_time"])
    try:
        moment = timing.starts_at(day, at, details["timezone"])
    except timing.NoSuchTime:
        _refuse("inspection_time", "Does not exist on that day in that time zone.")
    if moment <= now:
        _refuse("inspection_date", "Is in the past.")
    if moment > now + FURTHEST:
        _refuse("inspection_date", "Is more than five years ahead.")
    return moment


def _refuse(field: str, why: str) -> Any:
    abort(422, message="Some fields are not valid.", errors={field: [why]})


def _matching(args: dict[str, Any]) -> Any:
    if "agent_phone" not in args:
        return Job.objects(**args)
    agent = Agent.by_phone(args.pop("agent_phone"))
    return Job.objects(agent=agent.id, **args) if agent else Job.objects.none()


def _found(job_id: str) -> Job:
    return Job.get(job_id) or abort(404, message="There is no such job.")


def _shown(jobs: list[Job]) -> list[Job]:
    """Give each job its agent's number, which the document knows only by id."""
    phones = Agent.phones({job.agent for job in jobs if job.agent})
    for job in jobs:
        job.assigned_agent = phones.get(job.agent)
    return jobs


def _event_shown(event: dict[str, Any], phones: dict[ObjectId, str]) -> dict[str, Any]:
    shown = {key: event.get(key) for key in _EVENT_KEYS}
    shown["agent_phone"] = phones.get(event["agent"]) if "agent" in event else None
    return {**shown, "facts": {key: _plain(value) for key, value in event.items() if key not in _EVENT_KEYS}}


def _plain(value: Any) -> Any:
    """Return a noted fact as JSON has it."""
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if isinstance(value, datetime):
        return value.isoformat()
    return value if isinstance(value, str | int | float | None) else str(value)
