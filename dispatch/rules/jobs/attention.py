"""Why a job needs somebody of operations to look at it, and in which states that reason stands."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

from dispatch.rules.jobs.states import AGREED, OWNED, SETTLING, JobState


class Reason(StrEnum):
    """The reasons, as the API shows them in `attention`."""

    NO_AGENT = "no_agent"  # nobody to offer it to, or everybody has passed
    UNCONFIRMED = "unconfirmed"  # assigned, nudged, and still not confirmed
    AGENT_INACTIVE = "agent_inactive"  # its agent is inactive, suspended, or has said STOP
    STUCK = "stuck"  # what follows from something that happened to it, or a claim on it, fails each time
    REMINDER_MISSED = "reminder_missed"  # it did not go out before the visit, and the agent has not begun
    NOT_COMPLETED = "not_completed"  # past its end, asked, and still not completed


STANDS_IN: dict[Reason, tuple[JobState, ...]] = {
    Reason.NO_AGENT: (JobState.PENDING,),
    Reason.UNCONFIRMED: (JobState.ASSIGNED,),
    Reason.AGENT_INACTIVE: OWNED,
    Reason.REMINDER_MISSED: (JobState.APPROVED,),
    Reason.NOT_COMPLETED: AGREED,
    Reason.STUCK: tuple(JobState),  # one that is over, too: people may not know
}
REASONS = sorted(Reason)


def beneath(timeline: Sequence[Mapping[str, Any]], gone: Reason, state: JobState) -> tuple[Reason, Any] | None:
    """Return the reason that `gone` stood over, and since when: the latest other one that still stands; or None.

    Whether a job is stuck is not of the timeline's: it is put back without a word there.
    """
    for event in reversed(timeline):
        if event["name"] in SETTLING:
            return None
        reason = Reason(event["reason"]) if event["name"] == "attention" else gone
        if reason not in (gone, Reason.STUCK) and state in STANDS_IN[reason]:
            return reason, event["at"]
    return None
