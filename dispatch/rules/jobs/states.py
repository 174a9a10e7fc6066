"""The life of a job as data: which events may happen in which state, and where they lead."""

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


class Actor(StrEnum):
    """The one who causes an event, as the API shows it in `by`."""

    AGENT = "agent"
    PLATFORM = "platform"
    DESK = "desk"  # by itself, such as a timer


#: The states before the end of a job.
OPEN = (JobState.PENDING, JobState.ASSIGNED, JobState.APPROVED, JobState.IN_PROGRESS)
#: The states in which a job has an agent.
OWNED = (JobState.ASSIGNED, JobState.APPROVED, JobState.IN_PROGRESS)
#: The states in which the schedule is confirmed and the visit is not completed.
AGREED = (JobState.APPROVED, JobState.IN_PROGRESS)

#: Event -> the states that it may happen in, each with the state that it leads to.
#: `moved` is another time or place, `changed` another detail that people see, `edited` one that nobody sees.
#: `reopened` and `reopened_in_progress` take a wrong completion back.
MOVES: dict[str, dict[JobState, JobState]] = {
    "assigned": {JobState.PENDING: JobState.ASSIGNED},
    "approved": {JobState.ASSIGNED: JobState.APPROVED},
    "in_progress": {JobState.APPROVED: JobState.IN_PROGRESS},
    "completed": dict.fromkeys(AGREED, JobState.COMPLETED),
    "cancelled": dict.fromkeys(OPEN, JobState.CANCELLED),
    "expired": {JobState.PENDING: JobState.EXPIRED},
    "reopened": {JobState.COMPLETED: JobState.APPROVED},
    "reopened_in_progress": {JobState.COMPLETED: JobState.IN_PROGRESS},
    "released": dict.fromkeys(OWNED, JobState.PENDING),
    "moved": {
        JobState.PENDING: JobState.PENDING,
        JobState.ASSIGNED: JobState.ASSIGNED,
        JobState.APPROVED: JobState.ASSIGNED,
    },
    "changed": {state: state for state in OPEN},
    "client_changed": {state: state for state in OPEN},
    "edited": {state: state for state in OPEN},
    "hold_ended": {JobState.PENDING: JobState.PENDING},
}
#: Events that clear a job's attention.
CLEAR_ATTENTION = frozenset(MOVES) - {"changed", "client_changed", "edited", "hold_ended"}
#: Events that begin a round.
ROUND_BEGINS = ("opened", "moved", "released")


def transition(event: str, state: JobState | None = None) -> tuple[list[str], JobState]:
    """Return the states that an event may happen in, sorted, and the state that it leads to.

    `state` narrows this to one state. Raises KeyError if the event may not happen there, ValueError if it leads to
    several states and no `state` is given.
    """
    moves = MOVES[event] if state is None else {state: MOVES[event][state]}
    (target,) = set(moves.values())
    return sorted(moves), target
