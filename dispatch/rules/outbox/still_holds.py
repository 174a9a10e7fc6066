"""Whether a message that waits to be sent still holds, given the job as it is now."""

from dispatch.rules.jobs.states import AGREED, OWNED, JobState

_OWNED = frozenset(OWNED)
_ASKED = frozenset({JobState.ASSIGNED, JobState.APPROVED})
_ALIVE = frozenset({JobState.PENDING, *OWNED})

#: Message kind -> the states of its job in which it may still be sent, with the time and place that it has now.
HOLDS_WHILE: dict[str, frozenset[JobState]] = {
    "offer": frozenset({JobState.PENDING}),
    "explain_offered": frozenset({JobState.PENDING}),
    "claim_noted": frozenset({JobState.PENDING}),
    "explain_moved": _ALIVE,
    "assigned": _ASKED,
    "moved_agent": _ASKED,
    "moved_client": _ASKED,
    "details_changed": _OWNED,
    "nudge": frozenset({JobState.ASSIGNED}),
    "approved": _OWNED,
    "approved_client": _OWNED,
    "reminder_agent": frozenset({JobState.APPROVED}),
    "reminder_client": frozenset({JobState.APPROVED}),
    "began": frozenset({JobState.IN_PROGRESS}),
    "ask_completed": frozenset(AGREED),
    "explain_assigned": frozenset({JobState.ASSIGNED}),
    "explain_approved": frozenset({JobState.APPROVED}),
    "explain_in_progress": frozenset({JobState.IN_PROGRESS}),
}
#: Kinds that hold whatever becomes of the job: they tell what has happened, or are about no job.
ALWAYS_HOLDS = frozenset(
    {"taken", "gone", "withdrawn", "released", "declined", "explain_declined", "cancelled_agent", "completed_agent",
     "explain_completed", "cancelled_client", "completed_client", "expired_client", "ask_back", "ask_back_none",
     "help_agent", "opted_out", "resumed", "paused", "client_reply", "stranger_reply"}
)  # fmt: skip
#: Kinds that name the client or the visit to an agent, only ever for the agent whose job it is; and those that name
#: the agent to the client.
ABOUT_THE_OWNER = frozenset(
    {"assigned", "moved_agent", "explain_assigned", "explain_approved", "explain_in_progress", "details_changed",
     "nudge", "approved", "reminder_agent", "began", "ask_completed", "completed_agent", "moved_client",
     "approved_client", "reminder_client"}
)  # fmt: skip
#: Kinds that are untrue for the agent who has got the job since.
NOT_FOR_THE_OWNER = frozenset(
    {"offer", "explain_offered", "claim_noted", "explain_moved", "taken", "declined", "explain_declined"}
)
REMINDERS = frozenset({"reminder_agent", "reminder_client"})
#: Kinds that have no point once the visit should have begun.
BEFORE_THE_START = REMINDERS | {"offer", "explain_offered", "explain_moved", "nudge"}


def still_holds(kind: str, state: JobState, *, is_owner: bool, is_current: bool, is_past: bool) -> bool:
    """Tell whether a message of this kind may still be sent.

    `is_owner`: the agent whom it is for, or whom it names to the client, has the job. `is_current`: it tells the
    time and place that the job has now. `is_past`: the visit should have begun.
    """
    if kind in (NOT_FOR_THE_OWNER if is_owner else ABOUT_THE_OWNER):
        return False
    if is_past and kind in BEFORE_THE_START:
        return False
    if kind in HOLDS_WHILE:
        return is_current and state in HOLDS_WHILE[kind]
    return True


def needs_its_job(kind: str) -> bool:
    """Tell whether a message of this kind has no point when there is no such job any more."""
    return kind in HOLDS_WHILE
