"""Why operations should look at a job, and which reason is next when one no longer applies."""

import pytest

from dispatch.rules.jobs import attention
from dispatch.rules.jobs.attention import APPLIES_IN, Reason
from dispatch.rules.jobs.states import OPEN, JobState
from tests.tables import each_row


def test_every_reason_stands_somewhere_and_but_for_stuck_in_open_states_only() -> None:
    assert set(APPLIES_IN) == set(Reason)
    assert all(states and (set(states) <= set(OPEN) or reason == Reason.STUCK) for reason, states in APPLIES_IN.items())
    assert sorted(Reason) == attention.REASONS


def happened(*events: str) -> list[dict[str, object]]:
    """Return a timeline. `unconfirmed` is the note that this is a reason to look."""
    return [
        {"name": "attention", "reason": name, "at": n} if name in set(Reason) else {"name": name, "at": n}
        for n, name in enumerate(events)
    ]


@each_row(
    ("events", "state", "found"),
    [
        pytest.param(["opened", "assigned"], JobState.ASSIGNED, None, id="nothing"),
        pytest.param(["assigned", "agent_inactive"], JobState.ASSIGNED, None, id="nothing beneath"),
        pytest.param(
            ["assigned", "unconfirmed", "agent_inactive"], JobState.ASSIGNED, ("unconfirmed", 1), id="not confirmed"
        ),
        pytest.param(
            ["approved", "not_completed", "agent_inactive", "changed", "reminded"],
            JobState.APPROVED,
            ("not_completed", 1),
            id="what does not settle it does not hide it",
        ),
        pytest.param(
            ["assigned", "unconfirmed", "approved", "agent_inactive"], JobState.APPROVED, None, id="settled since"
        ),
        pytest.param(["assigned", "unconfirmed", "moved", "agent_inactive"], JobState.ASSIGNED, None, id="moved since"),
        pytest.param(["opened", "no_agent", "agent_inactive"], JobState.ASSIGNED, None, id="does not stand any more"),
        pytest.param(
            ["unconfirmed", "agent_inactive", "agent_inactive"], JobState.ASSIGNED, ("unconfirmed", 0), id="gone twice"
        ),
    ],
)
def test_older_reason_is_shown_when_the_newest_is_cleared(
    events: list[str], state: JobState, found: tuple[str, int] | None
) -> None:
    assert attention.older_reason(happened(*events), Reason.AGENT_INACTIVE, state) == found
