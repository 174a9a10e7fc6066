"""Whether a message that waits to be sent may still be sent, given the job as it is now."""

from dispatch.rules.jobs.states import JobState
from dispatch.rules.outbox import kinds
from dispatch.rules.outbox.kinds import Owner


def still_holds(name: str, state: JobState, *, is_owner: bool, is_current: bool, is_past: bool) -> bool:
    """Return whether a message of this kind may still be sent. A kind that this code does not know may.

    `is_owner`: the agent to whom the message goes, or whom it names to the client, has the job. `is_current`: the
    message names the time and place that the job has now. `is_past`: the visit should have begun.
    """
    kind = kinds.find(name)
    if kind is None:
        return True
    if kind.owner == (Owner.IS_ANOTHER if is_owner else Owner.IS_RECIPIENT):
        return False
    if is_past and kind.until_start:
        return False
    return kind.holds_in is None or (is_current and state in kind.holds_in)


def needs_its_job(name: str) -> bool:
    """Return whether a message of this kind is withdrawn when its job does not exist any more."""
    kind = kinds.find(name)
    return kind is not None and kind.needs_job
