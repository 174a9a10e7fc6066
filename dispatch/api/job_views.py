"""Jobs as the API shows them: a single job or a page of jobs, each with its agent's phone number."""

from typing import Any, NoReturn

from flask_smorest import abort

from dispatch.api.plumbing import paging
from dispatch.api.schemas.jobs import JobSchema
from dispatch.models import Agent, Job
from dispatch.rules.jobs.attention import REASONS, Reason, standing
from dispatch.rules.jobs.states import JobState

#: The states of a job for which all goes well, first to last.
_WAY = (JobState.PENDING, JobState.ASSIGNED, JobState.APPROVED, JobState.IN_PROGRESS, JobState.COMPLETED)
#: Fields that are shown as the row has them.
_COPIED = tuple(name for name in JobSchema().fields if name not in ("id", "assigned_agent"))
_NEVER_DELETED = sorted(state.value for state in JobState if state != JobState.CANCELLED)
#: A row has no field for null.
_NOTHING: dict[str, Any] = dict.fromkeys(_COPIED)


def found(job_id: str) -> Job:
    """Return the job with this id. Answer 404 if there is none or the platform has deleted it."""
    return Job.live(job_id) or abort(404, message="There is no such job.")


def refuse(job_id: str, why: str = "", to: JobState | None = None) -> NoReturn:
    """Answer 409 with the job's state, or 404 if the job is gone. `to` is the state that the request asked for."""
    state = found(job_id).status
    possible = "Not possible yet" if to and _comes_before(state, to) else "No longer possible"
    raise abort(409, message=why or f"{possible}: the job is {state}.", errors={"status": [state]})


def _comes_before(state: str, other: JobState) -> bool:
    return state in _WAY and other in _WAY and _WAY.index(JobState(state)) < _WAY.index(other)


def shown(job: Job) -> dict[str, Any]:
    """Return a job as `JobSchema` shows it."""
    return _all_shown([{"_id": job.id, "agent": job.agent, **{name: getattr(job, name) for name in _COPIED}}])[0]


def page(args: dict[str, Any], **whose: Any) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """Return the page of jobs that a query (`JobPageQuery`) asks for, and its header. `whose` filters the jobs.

    The page is built from rows: building documents would take longer than the rest of the answer.
    """
    filters = {**_filters(args), **whose}
    raw = {**_still_there(filters, args), **_with_reason(args)}
    found = Job.objects(__raw__=raw, **filters).only("agent", "alert_at", *_COPIED).as_pymongo()
    rows, headers = paging.take(found, args)
    return _all_shown(rows), headers


def _still_there(filters: dict[str, Any], args: dict[str, Any]) -> dict[str, Any]:
    """Return a filter that leaves out deleted jobs. Only a cancelled job can be deleted.

    For all other states the index by state is enough: MongoDB skips the pages before the wanted one in the index,
    which takes half the time.
    """
    if filters.get("status", JobState.CANCELLED) != JobState.CANCELLED:
        return {}
    if filters or args.keys() & paging.NARROWING:
        return {"deleted_at": None}
    return {"$or": [{"status": {"$in": _NEVER_DELETED}}, {"status": JobState.CANCELLED.value, "deleted_at": None}]}


def _filters(args: dict[str, Any]) -> dict[str, Any]:
    filters: dict[str, Any] = {name: args[name] for name in ("status", "client_id", "property_id") if name in args}
    if "attention" in args:
        filters |= {"attention": None} if args["attention"] == "false" else {"attention__in": REASONS}
    if "agent_phone" in args:
        agent = Agent.by_phone(args["agent_phone"])
        filters |= {"agent": agent.id} if agent else {"pk__in": []}
    return filters


def _with_reason(args: dict[str, Any]) -> dict[str, Any]:
    """Return the filter of the jobs for which the reason that a query names stands; no filter if it names none."""
    return Job.with_reason(Reason(args["attention"])) if args.get("attention") in REASONS else {}


def _all_shown(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    phones = Agent.phones({row["agent"] for row in rows if row.get("agent")})
    return [
        {
            **_NOTHING,
            **row,
            "id": row["_id"],
            "assigned_agent": phones.get(row["agent"]) if row.get("agent") else None,
            "attentions": standing(row),
        }
        for row in rows
    ]
