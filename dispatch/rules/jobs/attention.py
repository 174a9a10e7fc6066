"""The reasons why operations should look at a job, and the states in which each reason applies."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from dispatch.rules.jobs.states import AGREED, CLEAR_ATTENTION, OWNED, JobState


class Reason(StrEnum):
    """The reasons, as the API shows them in `attention`."""

    NO_AGENT = "no_agent"  # no agent to offer it to, or all have passed
    NOT_REACHED = "not_reached"  # every offer has failed, so no agent can have heard of it
    NOT_TAKEN = "not_taken"  # offered, and no agent has taken it shortly before the visit
    UNCONFIRMED = "unconfirmed"  # assigned, nudged, and not confirmed
    AGENT_INACTIVE = "agent_inactive"  # its agent is inactive, suspended, or has opted out
    NEEDS_ANSWER = "needs_answer"  # the client or an agent has written a text that only a person can answer
    CLIENT_NOT_REACHED = "client_not_reached"  # a message about the job can't be delivered to its client
    STUCK = "stuck"  # follow-up work for it, or a claim on it, keeps failing
    REMINDER_MISSED = "reminder_missed"  # a reminder was not sent before the visit, and the agent has not begun
    NOT_COMPLETED = "not_completed"  # past its end, the agent was asked, and it is not completed


APPLIES_IN: dict[Reason, tuple[JobState, ...]] = {
    Reason.NO_AGENT: (JobState.PENDING,),
    Reason.NOT_REACHED: (JobState.PENDING,),
    Reason.NOT_TAKEN: (JobState.PENDING,),
    Reason.UNCONFIRMED: (JobState.ASSIGNED,),
    Reason.AGENT_INACTIVE: OWNED,
    Reason.REMINDER_MISSED: (JobState.APPROVED,),
    Reason.NOT_COMPLETED: AGREED,
    Reason.NEEDS_ANSWER: tuple(JobState),
    Reason.CLIENT_NOT_REACHED: tuple(state for state in JobState if state != JobState.COMPLETED),
    Reason.STUCK: tuple(JobState),  # also after its end: people may not have been informed
}
REASONS = sorted(Reason)
#: Reasons that outlast an event as long as they apply in the state that the event leads to.
LASTING = frozenset({Reason.AGENT_INACTIVE, Reason.NEEDS_ANSWER, Reason.CLIENT_NOT_REACHED})
#: Reasons that a person can end, as only a person can do what is missing.
ENDED_BY_HAND = frozenset({Reason.NEEDS_ANSWER, Reason.CLIENT_NOT_REACHED, Reason.REMINDER_MISSED})


def cleared_by(event: str, to: JobState) -> list[str]:
    """Return the reasons that end with an event that leads to the state `to`, sorted."""
    if event not in CLEAR_ATTENTION:
        return []
    return [reason.value for reason in REASONS if reason not in LASTING or to not in APPLIES_IN[reason]]


def standing(job: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the reasons that stand for a job as stored, oldest first: `reason`, `since`, and `alarm` until recorded.

    Version 0.2.0 and earlier wrote and unset `attention` alone: the list counts only if it contains that reason.
    """
    newest, known = job.get("attention"), list(job.get("attentions") or ())
    if newest is None or any(each["reason"] == newest for each in known):
        return known if newest else []
    alarm = {"alarm": job["alert_at"]} if job.get("alert_at") else {}
    return [{"reason": newest, "since": job.get("attention_since"), **alarm}]
