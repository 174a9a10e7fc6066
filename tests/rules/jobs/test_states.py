"""The life of a job: what may happen in which state, and where it leads."""

import pytest

from dispatch.rules.jobs import states
from dispatch.rules.jobs.states import JobState
from tests.tables import each_row

# Written out a second time on purpose: from>to for each event.
MOVES = {
    "assigned": "pending>assigned",
    "approved": "assigned>approved",
    "in_progress": "approved>in_progress",
    "completed": "approved>completed in_progress>completed",
    "cancelled": "approved>cancelled assigned>cancelled in_progress>cancelled pending>cancelled",
    "expired": "pending>expired",
    "reopened": "completed>approved",
    "reopened_in_progress": "completed>in_progress",
    "released": "approved>pending assigned>pending in_progress>pending",
    "moved": "approved>assigned assigned>assigned pending>pending",
    "changed": "approved>approved assigned>assigned in_progress>in_progress pending>pending",
    "edited": "approved>approved assigned>assigned in_progress>in_progress pending>pending",
    "client_changed": "approved>approved assigned>assigned in_progress>in_progress pending>pending",
    "hold_ended": "pending>pending",
}


def test_every_event_leads_to_its_state():
    moves = {
        event: " ".join(sorted(f"{before}>{after}" for before, after in pairs.items()))
        for event, pairs in states.MOVES.items()
    }
    assert moves == MOVES


@each_row(
    ("event", "standing", "leads"),
    [
        ("assigned", None, (["pending"], "assigned")),
        ("completed", None, (["approved", "in_progress"], "completed")),
        ("moved", JobState.APPROVED, (["approved"], "assigned")),
        ("moved", JobState.PENDING, (["pending"], "pending")),
    ],
)
def test_where_an_event_leads(event, standing, leads):
    assert states.transition(event, standing) == leads


@each_row(("event", "standing", "error"), [("moved", None, ValueError), ("moved", JobState.COMPLETED, KeyError)])
def test_event_without_one_target_state_is_refused(event, standing, error):
    with pytest.raises(error):
        states.transition(event, standing)


def test_ended_job_changes_its_state_only_when_a_wrong_completion_is_taken_back():
    ended = set(JobState) - set(states.OPEN)
    assert ended == {JobState.COMPLETED, JobState.CANCELLED, JobState.EXPIRED}
    assert {event for event, moves in states.MOVES.items() if ended & moves.keys()} == {
        "reopened",
        "reopened_in_progress",
    }


def test_job_with_an_owner_is_open():
    assert set(states.OWNED) == set(states.OPEN) - {JobState.PENDING}
