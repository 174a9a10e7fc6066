"""Whether a message that waits still holds: kind by state of its job, whose it is, and which plan it tells."""

import pytest

from dispatch.rules import holding
from dispatch.rules.job_states import JobState

ALL = set(JobState)
PENDING, ASSIGNED, APPROVED, BEGUN = JobState.PENDING, JobState.ASSIGNED, JobState.APPROVED, JobState.IN_PROGRESS


def holds(kind, state, is_owner=True, is_current=True):
    return holding.still_holds(kind, state, is_owner=is_owner, is_current=is_current)


@pytest.mark.parametrize(
    ("kind", "states"),
    [
        ("offer", {PENDING}),
        ("assigned", {ASSIGNED, APPROVED}),
        ("moved_agent", {ASSIGNED, APPROVED}),
        ("moved_client", {ASSIGNED, APPROVED}),
        ("nudge", {ASSIGNED}),
        ("details_changed", {ASSIGNED, APPROVED, BEGUN}),
        ("approved", {ASSIGNED, APPROVED, BEGUN}),
        ("approved_client", {ASSIGNED, APPROVED, BEGUN}),
        ("reminder_agent", {APPROVED}),
        ("reminder_client", {APPROVED}),
        ("ask_completed", {APPROVED, BEGUN}),
        ("explain_assigned", {ASSIGNED, APPROVED, BEGUN}),
        ("explain_approved", {ASSIGNED, APPROVED, BEGUN}),
        ("began", ALL),
        ("completed_agent", ALL),
        ("completed_client", ALL),
        ("cancelled_agent", ALL),
        ("cancelled_client", ALL),
        ("withdrawn", ALL),
        ("released", ALL),
        ("expired_client", ALL),
        ("taken", ALL),
        ("help_agent", ALL),
    ],
)
def test_a_kind_holds_in_these_states(kind, states):
    assert {state for state in JobState if holds(kind, state)} == states


OWNERS = ["assigned", "moved_agent", "details_changed", "nudge", "approved", "reminder_agent", "began", "ask_completed",
          "completed_agent", "explain_assigned", "explain_approved"]  # fmt: skip


@pytest.mark.parametrize("kind", [*OWNERS, "moved_client", "approved_client", "reminder_client"])
@pytest.mark.parametrize("state", list(JobState))
def test_what_names_client_or_agent_is_about_the_owner_only(kind, state):
    assert not holds(kind, state, is_owner=False)


@pytest.mark.parametrize("kind", ["offer", "taken", "withdrawn", "cancelled_client", "released"])
def test_what_anybody_may_hear_holds_for_others(kind):
    assert any(holds(kind, state, is_owner=False) for state in JobState)


@pytest.mark.parametrize("kind", ["assigned", "moved_agent", "approved_client", "reminder_agent", "nudge"])
def test_what_tells_another_time_or_place_is_not_sent(kind):
    assert not any(holds(kind, state, is_current=False) for state in JobState)


@pytest.mark.parametrize("kind", ["taken", "released", "completed_client", "began"])
def test_what_tells_no_time_holds_after_a_move(kind):
    assert all(holds(kind, state, is_current=False) for state in JobState)
