"""Showing jobs: the one that a path names, or a page of those that a query asks for, each with its agent's number."""

from typing import Any, NoReturn

from flask_smorest import abort

from dispatch.api.plumbing import paging
from dispatch.api.schemas.jobs import JobSchema
from dispatch.models import Agent, Job
from dispatch.rules.jobs.attention import REASONS
from dispatch.rules.jobs.states import JobState

#: What the schema shows as the row has it.
_COPIED = tuple(name for name in JobSchema().fields if name not in ("id", "assigned_agent"))
_NEVER_DELETED = sorted(state.value for state in JobState if state != JobState.CANCELLED)
#: A row lacks what is null.
_NOTHING: dict[str, Any] = dict.fromkeys(_COPIED)


def found(job_id: str) -> Job:
    """Return the job with this id; 404 when there is none, or the platform has deleted it."""
    return Job.live(job_id) or abort(404, message="There is no such job.")


def refuse(job_id: str, why: str = "") -> NoReturn:
    """Answer 409 with the state that a job is in, 404 when it is gone."""
    state = found(job_id).status
    raise abort(409, message=why or f"Not possible any more: the job is {state}.", errors={"status": [state]})


def shown(job: Job) -> dict[str, Any]:
    """Return what `JobSchema` shows of a job."""
    return _all_shown([{"_id": job.id, "agent": job.agent, **{name: getattr(job, name) for name in _COPIED}}])[0]


def page(args: dict[str, Any], **whose: Any) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """Return the page of jobs that a query (`JobPageQuery`) asks for, and its header; `whose` narrows it down.

    They are rows, never documents: those of a page take longer to make than all the rest of the answer.
    """
    filters = {**_filters(args), **whose}
    found = Job.objects(__raw__=_still_there(filters, args), **filters).only("agent", *_COPIED).as_pymongo()
    rows, headers = paging.take(found, args)
    return _all_shown(rows), headers


def _still_there(filters: dict[str, Any], args: dict[str, Any]) -> dict[str, Any]:
    """Match what the platform has not deleted: only what is cancelled can be.

    An index by state tells of all other jobs without a look at them. Whatever page of all jobs, or of those in one
    state, is asked for: MongoDB then skips those before it in the index, in half the time.
    """
    if filters.get("status", JobState.CANCELLED) != JobState.CANCELLED:
        return {}
    if filters or args.keys() & paging.NARROWING:
        return {"deleted_at": None}
    return {"$or": [{"status": {"$in": _NEVER_DELETED}}, {"status": JobState.CANCELLED.value, "deleted_at": None}]}


def _filters(args: dict[str, Any]) -> dict[str, Any]:
    filters: dict[str, Any] = {name: args[name] for name in ("status", "client_id", "property_id") if name in args}
    if "attention" in args:
        filters |= {"attention__in": REASONS} if args["attention"] else {"attention": None}
    if "agent_phone" in args:
        agent = Agent.by_phone(args["agent_phone"])
        filters |= {"agent": agent.id} if agent else {"pk__in": []}
    return filters


def _all_shown(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    phones = Agent.phones({row["agent"] for row in rows if row.get("agent")})
    return [
        {**_NOTHING, **row, "id": row["_id"], "assigned_agent": phones.get(row["agent"]) if row.get("agent") else None}
        for row in rows
    ]
