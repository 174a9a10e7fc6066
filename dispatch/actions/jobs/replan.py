"""Changes of a job's time, place or details."""

from datetime import datetime
from typing import Any

import structlog
from bson import ObjectId

from dispatch.actions.offers import same_agent
from dispatch.hints import tasks
from dispatch.models import Job, Property
from dispatch.rules import texts
from dispatch.rules.jobs import plan
from dispatch.rules.jobs.states import MOVES, Actor, JobState

log = structlog.get_logger(__name__)


def replace(job_id: ObjectId, given: dict[str, Any], now: datetime) -> Job | None:
    """Change the fields of a job that `given` names (see `plan.changes`), and enqueue the follow-up. Return the job.

    Return the job also if nothing changes. Return None if its state no longer allows the change. Raises
    plan.Unplannable.
    """
    while job := Job.live(job_id):
        changed = plan.changes(job, given, now, _another_property(job, given))
        if not changed:
            return job
        event = plan.event(job, changed)
        if job.state not in MOVES[event]:
            return None
        change, facts = _moved(job, changed, now) if event == "moved" else (changed, {})
        if (
            "property_details" in changed
        ):  # first: after a crash, a repeat of the request finds the job changed and stops
            Property.change(changed.get("property_id", job.property_id), given["property"], now)
        guard = {"version": job.version}  # after a concurrent change the job is read again
        facts |= {"changes": plan.differences(job, changed), "by": Actor.PLATFORM.value}
        if event == "edited":
            if edited := Job.edit(job_id, now, guard, change, **facts):
                return edited
            continue
        moved = Job.move(job_id, event, now, state=job.state, guard=guard, change=change, **facts)
        if moved:
            log.info("job replanned", job=str(job_id), event_name=event)
            tasks.follow(job_id)
            return moved
    return None


def _another_property(job: Job, given: dict[str, Any]) -> dict[str, Any] | None:
    """Return the known details of the named property, perhaps none. Return None if it is the job's own property."""
    named = (given.get("property") or {}).get("property_id", job.property_id)
    if texts.same(named, job.property_id):
        return None
    known = Property.known(named)
    return known.details if known else {}


def _moved(job: Job, changed: dict[str, Any], now: datetime) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the changes of a move, and its facts on the timeline: the agent, or the round that begins."""
    change = {**changed, "plan": job.plan + 1}
    if job.state != JobState.PENDING:
        return change, {"was": job.starts_at, "agent": job.agent}
    held_for = same_agent.agent_of_client(job.client_id, now)
    change |= {"round": job.round + 1, **({"held_for": held_for} if held_for else {})}
    return change, {"was": job.starts_at, "round": job.round + 1, "held_for": held_for}
