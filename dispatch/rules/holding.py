"""Whether a message that waits to be sent still holds, given the job as it is now."""

from dispatch.rules.job_states import OWNED, JobState

_OWNED = frozenset(OWNED)

#: Message kind -> the states of its job in which it may still be sent. A kind that is not here always holds.
HOLDS_WHILE: dict[str, frozenset[JobState]] = {
    "offer": frozenset({JobState.PENDING}),
    "assigned": frozenset({JobState.ASSIGNED, JobState.APPROVED}),
    "approved": _OWNED,
    "approved_client": _OWNED,
    "reminder_agent": frozenset({JobState.APPROVED}),
    "reminder_client": frozenset({JobState.APPROVED}),
}
#: Kinds that name the client or the visit to an agent: only ever for the agent whose job it is.
FOR_THE_OWNER = frozenset({"assigned", "approved", "reminder_agent", "began", "completed_agent"})


def still_holds(kind: str, state: JobState, is_owner: bool) -> bool:
    """Tell whether a message of this kind may still be sent."""
    if kind in FOR_THE_OWNER and not is_owner:
        return False
    return state in HOLDS_WHILE.get(kind, frozenset(JobState))
