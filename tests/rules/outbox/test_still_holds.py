"""Whether a waiting message still holds: by its kind, the state and owner of its job, and the plan it names."""

from dispatch.rules.jobs.states import JobState
from dispatch.rules.outbox import still_holds
from dispatch.rules.outbox.kinds import KINDS, Owner
from tests.tables import each_row

ALL = set(JobState)
PENDING, ASSIGNED, APPROVED, BEGUN = JobState.PENDING, JobState.ASSIGNED, JobState.APPROVED, JobState.IN_PROGRESS

#: The kinds that messages can have: the other rows are wordings of them.
OF_MESSAGES = {name: kind for name, kind in KINDS.items() if kind.wording_of is None}


def holds(kind, state, is_owner=None, is_current=True, is_past=False):
    is_owner = KINDS[kind].owner == Owner.IS_RECIPIENT if is_owner is None else is_owner
    return still_holds.still_holds(kind, state, is_owner=is_owner, is_current=is_current, is_past=is_past)


@each_row(
    ("kind", "states"),
    [
        ("offer", {PENDING}),
        ("assigned", {ASSIGNED, APPROVED}),
        ("moved_agent", {ASSIGNED, APPROVED}),
        ("moved_client", {ASSIGNED, APPROVED}),
        ("nudge", {ASSIGNED}),
        ("unconfirmed_client", {ASSIGNED}),
        ("details_changed", {ASSIGNED, APPROVED, BEGUN}),
        ("approved", {ASSIGNED, APPROVED, BEGUN}),
        ("approved_client", {ASSIGNED, APPROVED, BEGUN}),
        ("reminder_agent", {APPROVED}),
        ("reminder_client", {APPROVED}),
        ("ask_completed", {APPROVED, BEGUN}),
        ("explain_assigned", {ASSIGNED}),
        ("explain_approved", {APPROVED}),
        ("explain_in_progress", {BEGUN}),
        ("explain_offered", {PENDING}),
        ("explain_moved", {PENDING, ASSIGNED, APPROVED, BEGUN}),
        ("claim_noted", {PENDING}),
        ("began", {BEGUN}),
        ("completed_agent", {JobState.COMPLETED}),
        ("completed_client", {JobState.COMPLETED}),
        ("reopened_agent", {APPROVED, BEGUN}),
        ("reopened_client", {APPROVED, BEGUN}),
        ("too_early", {APPROVED}),
        ("cancelled_agent", ALL),
        ("cancelled_client", ALL),
        ("withdrawn", ALL),
        ("released", ALL),
        ("expired_client", ALL),
        ("taken", ALL),
        ("help_agent", ALL),
    ],
)
def test_kind_still_holds_in_its_states_only(kind, states):
    assert {state for state in JobState if holds(kind, state)} == states


OWNERS = [
    "assigned",
    "moved_agent",
    "details_changed",
    "nudge",
    "approved",
    "reminder_agent",
    "began",
    "ask_completed",
    "completed_agent",
    "explain_assigned",
    "explain_approved",
    "explain_in_progress",
]


@each_row("kind", [*OWNERS, "moved_client", "approved_client", "reminder_client"])
@each_row("state", list(JobState))
def test_a_kind_that_names_client_or_agent_holds_for_the_owner_only(kind, state):
    assert not holds(kind, state, is_owner=False)


@each_row("kind", ["offer", "taken", "withdrawn", "cancelled_client", "released"])
def test_a_kind_for_anybody_holds_for_others(kind):
    assert any(holds(kind, state, is_owner=False) for state in JobState)


@each_row(
    "kind",
    ["assigned", "moved_agent", "approved_client", "reminder_agent", "nudge", "explain_offered", "explain_moved"],
)
def test_a_message_with_another_time_or_place_does_not_hold(kind):
    assert not any(holds(kind, state, is_current=False) for state in JobState)


@each_row("kind", ["taken", "released", "expired_client"])
def test_a_message_without_a_time_holds_after_a_move(kind):
    assert all(holds(kind, state, is_current=False) for state in JobState)


@each_row(
    "kind",
    ["offer", "explain_offered", "claim_noted", "explain_moved", "taken", "declined", "explain_declined"],
)
def test_a_kind_that_is_untrue_for_the_owner_holds_for_others_only(kind):
    assert not any(holds(kind, state, is_owner=True) for state in JobState)
    assert any(holds(kind, state, is_owner=False) for state in JobState)


@each_row("kind", sorted(name for name, kind in OF_MESSAGES.items() if kind.holds_in))
def test_only_kinds_until_the_start_stop_holding_when_the_visit_should_have_begun(kind):
    in_time, too_late = ({state for state in JobState if holds(kind, state, is_past=past)} for past in (False, True))
    assert too_late == (set() if KINDS[kind].until_start else in_time)


def test_these_kinds_hold_whatever_happens_to_the_job():
    """A new kind must be added here, or name the states in which it holds."""
    assert {name for name, kind in OF_MESSAGES.items() if kind.holds_in is None} == {
        *("taken", "gone", "withdrawn", "released", "declined", "explain_declined", "cancelled_agent"),
        *("explain_completed", "cancelled_client", "expired_client"),
        *("ask_back", "ask_back_none", "help_agent", "opted_out", "resumed", "paused", "client_reply"),
        "stranger_reply",
    }


def test_these_kinds_are_withdrawn_once_the_visit_should_have_begun():
    assert {name for name, kind in OF_MESSAGES.items() if kind.until_start} == {
        *("offer", "explain_offered", "explain_moved", "nudge", "reminder_agent", "reminder_client"),
        "explain_declined_open",
    }


def test_a_kind_that_this_code_does_not_know_holds():
    assert still_holds.still_holds("newer", PENDING, is_owner=False, is_current=False, is_past=True)
    assert not still_holds.needs_its_job("newer")


@each_row(("kind", "needs"), [("offer", True), ("reminder_client", True), ("cancelled_client", False)])
def test_a_kind_needs_its_job_if_it_names_states(kind, needs):
    assert still_holds.needs_its_job(kind) == needs
