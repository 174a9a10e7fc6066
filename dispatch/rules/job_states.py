"""The life of a job, as data: from which states each state may be reached."""

from enum import StrEnum


class JobState(StrEnum):
    """A job's states, as the API shows them in `status`."""

    PENDING = "pending"
    ASSIGNED = "assigned"
    APPROVED = "approved"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


#: target -> the states that it may be reached from.
REACHED_FROM: dict[JobState, frozenset[JobState]] = {
    JobState.PENDING: frozenset(),
    JobState.ASSIGNED: frozenset({JobState.PENDING}),
    JobState.APPROVED: frozenset({JobState.ASSIGNED}),
    JobState.IN_PROGRESS: frozenset({JobState.APPROVED}),
    JobState.COMPLETED: frozenset({JobState.APPROVED, JobState.IN_PROGRESS}),
    JobState.CANCELLED: frozenset({JobState.PENDING, JobState.ASSIGNED, JobState.APPROVED, JobState.IN_PROGRESS}),
    JobState.EXPIRED: frozenset({JobState.PENDING}),
}
#: The states in which something is still expected of somebody.
OPEN = (JobState.PENDING, JobState.ASSIGNED, JobState.APPROVED, JobState.IN_PROGRESS)
#: The states in which a job has an agent whose visit it is.
OWNED = (JobState.ASSIGNED, JobState.APPROVED, JobState.IN_PROGRESS)


def may_reach(target: JobState) -> list[str]:
    """Return the states that `target` may be reached from, sorted."""
    return sorted(REACHED_FROM[target])
