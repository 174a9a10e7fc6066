"""Whether a message that waits to be sent still holds, given the job as it is now."""

from dispatch.rules.job_states import AGREED, OWNED, JobState

_OWNED = frozenset(OWNED)
_ASKED = frozenset({JobState.ASSIGNED, JobState.APPROVED})

#: Message kind -> the states of its job in which it may still be sent. A kind that is not here always holds.
HOLDS_WHILE: dict[str, frozenset[JobState]] = {
    "offer": frozenset({JobState.PENDING}),
    "assigned": _ASKED,
    "moved_agent": _ASKED,
    "moved_client": _ASKED,
    "details_changed": _OWNED,
    "nudge": frozenset({JobState.ASSIGNED}),
    "approved": _OWNED,
    "approved_client": _OWNED,
    "reminder_agent": frozenset({JobState.APPROVED}),
    "reminder_client": frozenset({JobState.APPROVED}),
    "ask_completed": frozenset(AGREED),
    "explain_assigned": _OWNED,
    "explain_approved": _OWNED,
}
#: Kinds that name the client or the visit to an agent, only ever for the agent whose job it is; and those that name
#: the agent to the client.
ABOUT_THE_OWNER = frozenset(
    {"assigned", "moved_agent", "explain_assigned", "explain_approved", "details_changed", "nudge", "approved",
     "reminder_agent", "began", "ask_completed", "completed_agent", "moved_client", "approved_client",
     "reminder_client"}
)  # fmt: skip


def still_holds(kind: str, state: JobState, *, is_owner: bool, is_current: bool) -> bool:
    """Tell whether a message of this kind may still be sent.

    `is_owner`: the agent whom it is for, or whom it names to the client, has the job. `is_current`: it tells the
    time and place that the job has now.
    """
    if kind in ABOUT_THE_OWNER and not is_owner:
        return False
    if kind in HOLDS_WHILE:
        return is_current and state in HOLDS_WHILE[kind]
    return True
