"""Whether a message that waits still holds: kind by state of its job."""

import pytest

from dispatch.rules import holding
from dispatch.rules.job_states import JobState

ALL = set(JobState)
PENDING, ASSIGNED, APPROVED, BEGUN = JobState.PENDING, JobState.ASSIGNED, JobState.APPROVED, JobState.IN_PROGRESS


@pytest.mark.parametrize(
    ("kind", "states"),
    [
        ("offer", {PENDING}),
        ("assigned", {ASSIGNED, APPROVED}),
        ("approved", {ASSIGNED, APPROVED, BEGUN}),
        ("approved_client", {ASSIGNED, APPROVED, BEGUN}),
        ("reminder_agent", {APPROVED}),
        ("reminder_client", {APPROVED}),
        ("began", ALL),
        ("completed_agent", ALL),
        ("completed_client", ALL),
        ("expired_client", ALL),
        ("taken", ALL),
        ("help_agent", ALL),
    ],
)
def test_a_kind_holds_in_these_states(kind, states):
    assert {state for state in JobState if holding.still_holds(kind, state, is_owner=True)} == states


@pytest.mark.parametrize("kind", ["assigned", "approved", "reminder_agent", "began", "completed_agent"])
@pytest.mark.parametrize("state", list(JobState))
def test_what_names_the_client_is_for_the_owner_only(kind, state):
    assert not holding.still_holds(kind, state, is_owner=False)


@pytest.mark.parametrize("kind", ["offer", "taken", "approved_client", "reminder_client"])
def test_what_anybody_may_hear_holds_for_others(kind):
    assert any(holding.still_holds(kind, state, is_owner=False) for state in JobState)
