"""The table of timer kinds: due times and states."""

from datetime import UTC, datetime, timedelta

import pytest

from dispatch.rules.clock import timer_kinds
from dispatch.rules.clock.timer_kinds import TIMER_KINDS, Moments, TimerKind
from dispatch.rules.jobs.states import OPEN

NOW = datetime(2027, 1, 15, 9, tzinfo=UTC)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


def moments(**other):
    known = {"starts_at": NOW + 5 * HOUR, "approved_at": NOW - HOUR, "begun_at": None}
    lengths = {
        "not_taken": 3 * HOUR,
        "hold": 5 * MINUTE,
        "nudge": 30 * MINUTE,
        "reminder_minutes": 30,
        "inspection": HOUR,
    }
    return Moments(**{"now": NOW, **known, **lengths, **other})


@pytest.mark.parametrize(
    ("kind", "known", "due"),
    [
        pytest.param("expiry", {}, NOW + 5 * HOUR, id="a job expires when the visit should begin"),
        pytest.param("not_taken", {}, NOW + 2 * HOUR, id="operations look before the visit"),
        pytest.param("not_taken", {"starts_at": NOW + 2 * HOUR}, NOW + HOUR, id="posted late: at half time"),
        pytest.param("visit_start", {}, NOW + 5 * HOUR, id="an unconfirmed visit is looked at when it should begin"),
        pytest.param("hold", {}, NOW + 5 * MINUTE, id="a hold lasts its time"),
        pytest.param("hold", {"starts_at": NOW + 4 * MINUTE}, NOW + 2 * MINUTE, id="a hold ends at half time"),
        pytest.param("nudge", {}, NOW + 30 * MINUTE, id="a nudge comes after its time"),
        pytest.param("nudge", {"starts_at": NOW + 20 * MINUTE}, NOW + 10 * MINUTE, id="a nudge comes at half time"),
        pytest.param("unconfirmed", {}, NOW + 30 * MINUTE, id="an alarm follows after the time of a nudge"),
        pytest.param("reminder", {}, NOW + 4.5 * HOUR, id="a reminder comes before the visit"),
        pytest.param("reminder", {"starts_at": NOW - 30 * MINUTE}, None, id="approved within the lead: no reminder"),
        pytest.param(
            "reminder", {"starts_at": NOW - 29 * MINUTE}, NOW - 59 * MINUTE, id="approved just before the lead"
        ),
        pytest.param("reminder", {"approved_at": NOW + 5 * HOUR}, None, id="approved at the start: no reminder"),
        pytest.param("reminder", {"approved_at": None}, None, id="not approved: no reminder"),
        pytest.param("ending", {}, NOW + 6 * HOUR, id="the visit ends after its length"),
        pytest.param("ending", {"begun_at": NOW + 6 * HOUR}, NOW + 7 * HOUR, id="begun late: it ends as much later"),
        pytest.param(
            "ending", {"reopened_at": NOW + 6 * HOUR}, NOW + 7 * HOUR, id="reopened late: it ends as much later"
        ),
        pytest.param("ending", {"begun_at": NOW}, NOW + 6 * HOUR, id="begun early: it ends as planned"),
        pytest.param("not_completed", {}, NOW + 30 * MINUTE, id="an alarm follows after the time of a nudge, too"),
    ],
)
def test_a_timer_is_due(kind, known, due):
    assert TIMER_KINDS[kind].due(moments(**known)) == due


def test_each_row_has_its_own_name_and_constant():
    rows = {name: row for name, row in vars(timer_kinds).items() if isinstance(row, TimerKind)}
    assert {name.lower() for name in rows} == {row.name for row in rows.values()} == TIMER_KINDS.keys()


@pytest.mark.parametrize("kind", [pytest.param(kind, id=kind.name) for kind in TIMER_KINDS.values()])
def test_a_row_names_open_states_and_a_timer_of_the_same_states(kind):
    assert kind.states <= set(OPEN)
    assert kind.then is None or TIMER_KINDS[kind.then].states == kind.states


@pytest.mark.parametrize("state", OPEN)
def test_each_open_state_has_a_timer(state):
    """Otherwise a job could stay in the state for ever, and nobody would be asked."""
    assert any(state in kind.states for kind in TIMER_KINDS.values())
