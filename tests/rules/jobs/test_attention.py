"""Why operations should look at a job, which reasons an event ends, and how stored reasons are read."""

from typing import Any

import pytest

from dispatch.rules.jobs import attention, attention_texts
from dispatch.rules.jobs.attention import APPLIES_IN, Reason
from dispatch.rules.jobs.states import JobState
from tests.tables import each_row


def test_every_reason_applies_in_some_state_and_has_the_texts_of_its_alarm() -> None:
    assert set(attention_texts.REASON_TEXT) == set(Reason)
    assert all(attention_texts.to_do("job_needs_attention", reason) for reason in Reason)
    assert set(APPLIES_IN) == set(Reason)
    assert all(APPLIES_IN.values())
    assert sorted(Reason) == attention.REASONS


@each_row(
    ("reason", "event", "to", "ends"),
    [
        pytest.param("unconfirmed", "approved", JobState.APPROVED, True, id="confirmed"),
        pytest.param("unconfirmed", "moved", JobState.ASSIGNED, True, id="moved"),
        pytest.param("unconfirmed", "changed", JobState.ASSIGNED, False, id="other details"),
        pytest.param("agent_inactive", "approved", JobState.APPROVED, False, id="inactive after that, too"),
        pytest.param("agent_inactive", "released", JobState.PENDING, True, id="without the agent"),
        pytest.param("not_completed", "in_progress", JobState.IN_PROGRESS, True, id="begun late"),
        pytest.param("stuck", "completed", JobState.COMPLETED, True, id="moved on"),
    ],
)
def test_event_ends_the_reasons_that_do_not_outlast_it(reason: str, event: str, to: JobState, ends: bool) -> None:
    assert (reason in attention.cleared_by(event, to)) == ends


OLD, NEW = {"reason": "unconfirmed", "since": 1}, {"reason": "agent_inactive", "since": 2}


@each_row(
    ("stored", "found"),
    [
        pytest.param({}, [], id="none"),
        pytest.param({"attention": "agent_inactive", "attentions": [OLD, NEW]}, [OLD, NEW], id="all"),
        pytest.param({"attentions": [OLD, NEW]}, [], id="version 0.2.0 has unset the newest, and left the list"),
        pytest.param({"attention": "unconfirmed", "attention_since": 1}, [OLD], id="version 0.2.0 has written it"),
        pytest.param(
            {"attention": "agent_inactive", "attention_since": 2, "alert_at": 3, "attentions": [OLD]},
            [{**NEW, "alarm": 3}],
            id="version 0.2.0 has written another one after a rollback",
        ),
    ],
)
def test_list_counts_only_with_the_newest_reason(stored: dict[str, Any], found: list[dict[str, Any]]) -> None:
    assert attention.standing(stored) == found
