"""The reasons why operations should look at a job, and the states in which each reason applies."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

from dispatch.rules.jobs.states import AGREED, CLEAR_ATTENTION, OWNED, JobState


class Reason(StrEnum):
    """The reasons, as the API shows them in `attention`."""

    NO_AGENT = "no_agent"  # no agent to offer it to, or all have passed
    UNCONFIRMED = "unconfirmed"  # assigned, nudged, and not confirmed
    AGENT_INACTIVE = "agent_inactive"  # its agent is inactive, suspended, or has opted out
    STUCK = "stuck"  # follow-up work for it, or a claim on it, keeps failing
    REMINDER_MISSED = "reminder_missed"  # a reminder was not sent before the visit, and the agent has not begun
    NOT_COMPLETED = "not_completed"  # past its end, the agent was asked, and it is not completed


APPLIES_IN: dict[Reason, tuple[JobState, ...]] = {
    Reason.NO_AGENT: (JobState.PENDING,),
    Reason.UNCONFIRMED: (JobState.ASSIGNED,),
    Reason.AGENT_INACTIVE: OWNED,
    Reason.REMINDER_MISSED: (JobState.APPROVED,),
    Reason.NOT_COMPLETED: AGREED,
    Reason.STUCK: tuple(JobState),  # also after its end: people may not have been informed
}
REASONS = sorted(Reason)


def older_reason(timeline: Sequence[Mapping[str, Any]], gone: Reason, state: JobState) -> tuple[Reason, Any] | None:
    """Return the newest other reason that still applies now that `gone` does not, and since when. Return None if none.

    The timeline does not show whether a job is still stuck: a retry leaves no event there.
    """
    for event in reversed(timeline):
        if event["name"] in CLEAR_ATTENTION:
            return None
        reason = Reason(event["reason"]) if event["name"] == "attention" else gone
        if reason not in (gone, Reason.STUCK) and state in APPLIES_IN[reason]:
            return reason, event["at"]
    return None
