"""Replanning: a job's time, place or details change after it was asked for."""

from datetime import datetime
from typing import Any

import structlog
from bson import ObjectId

from dispatch.actions.offers import same_agent
from dispatch.hints import tasks
from dispatch.models import Job, Property
from dispatch.rules.jobs import plan
from dispatch.rules.jobs.states import MOVES, JobState

log = structlog.get_logger(__name__)


def replace(job_id: ObjectId, given: dict[str, Any], now: datetime) -> Job | None:
    """Change what `given` names of a job (see `planning.changes`), and hint at what follows from it.

    Returns the job as it then is, also when nothing changes; None when its state does not allow it any more.
    Raises planning.Unplannable.
    """
    while job := Job.live(job_id):
        changed = plan.changes(job, given, now, _another_property(job, given))
        if not changed:
            return job
        event = plan.event(job, changed)
        if job.state not in MOVES[event]:
            return None
        change, facts = (changed, {}) if event == "changed" else _moved(job, changed, now)
        if "property_details" in changed:  # first: the same request after a crash finds a changed job, and stops there
            Property.change(changed.get("property_id", job.property_id), given["property"], now)
        guard = {"version": job.version}  # else somebody was faster, and the job is read again
        moved = Job.move(job_id, event, now, standing=job.state, guard=guard, change=change, **facts)
        if moved:
            log.info("job replanned", job=str(job_id), event_name=event)
            tasks.follow(job_id)
            return moved
    return None


def _another_property(job: Job, given: dict[str, Any]) -> dict[str, Any] | None:
    """What is known of the property that is named where it is another one than the job's: nothing, perhaps."""
    named = (given.get("property") or {}).get("property_id", job.property_id)
    if named == job.property_id:
        return None
    known = Property.known(named)
    return known.details if known else {}


def _moved(job: Job, changed: dict[str, Any], now: datetime) -> tuple[dict[str, Any], dict[str, Any]]:
    """What a move changes, and what it says on the timeline: whose visit it is, or which round begins."""
    change = {**changed, "plan": job.plan + 1}
    if job.state != JobState.PENDING:
        return change, {"was": job.starts_at, "agent": job.agent}
    keeper = same_agent.agent_of_client(job.client_id, now)
    change |= {"round": job.round + 1, **({"held_for": keeper} if keeper else {})}
    return change, {"was": job.starts_at, "round": job.round + 1, "held_for": keeper}
