"""Showing jobs: the one that a path names, or a page of those that a query asks for, each with its agent's number."""

from typing import Any, NoReturn

from flask_smorest import abort

from dispatch.api import paging
from dispatch.models import Agent, Job
from dispatch.rules.attention import REASONS


def found(job_id: str) -> Job:
    """Return the job with this id; 404 when there is none, or the platform has deleted it."""
    return Job.live(job_id) or abort(404, message="There is no such job.")


def refuse(job_id: str, why: str = "") -> NoReturn:
    """Answer 409 with the state that a job is in, 404 when it is gone."""
    state = found(job_id).status
    raise abort(409, message=why or f"Not possible any more: the job is {state}.", errors={"status": [state]})


def shown(job: Job) -> Job:
    """Give a job its agent's number, which the document knows only by id."""
    return _all_shown([job])[0]


def page(args: dict[str, Any], **whose: Any) -> tuple[list[Job], dict[str, str]]:
    """Return the page of jobs that a query (`JobPageQuery`) asks for, and its header; `whose` narrows it down."""
    rows, headers = paging.take(Job.objects(deleted_at=None, **_filters(args), **whose), args)
    return _all_shown(rows), headers


def _filters(args: dict[str, Any]) -> dict[str, Any]:
    filters: dict[str, Any] = {name: args[name] for name in ("status", "client_id", "property_id") if name in args}
    if "attention" in args:
        filters |= {"attention__in": REASONS} if args["attention"] else {"attention": None}
    if "agent_phone" in args:
        agent = Agent.by_phone(args["agent_phone"])
        filters |= {"agent": agent.id} if agent else {"pk__in": []}
    return filters


def _all_shown(jobs: list[Job]) -> list[Job]:
    phones = Agent.phones({job.agent for job in jobs if job.agent})
    for job in jobs:
        job.assigned_agent = phones.get(job.agent)
    return jobs
