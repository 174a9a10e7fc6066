"""Whether a waiting message still holds: by its kind, the state and owner of its job, and the plan it names."""

from dispatch.rules.jobs.states import JobState
from dispatch.rules.outbox import still_holds
from dispatch.wording.catalogue import kinds
from tests.tables import each_row

ALL = set(JobState)
PENDING, ASSIGNED, APPROVED, BEGUN = JobState.PENDING, JobState.ASSIGNED, JobState.APPROVED, JobState.IN_PROGRESS

#: Not kinds of their own: an offer is worded so, and a late reminder.
OTHER_WORDINGS = {
    "offer_held",
    "offer_moved",
    "offer_again",
    "reminder_agent_late",
    "reminder_client_late",
    "taken_at",
    "gone_cancelled",
    "gone_expired",
}


def holds(kind, state, is_owner=None, is_current=True, is_past=False):
    is_owner = kind in still_holds.ABOUT_THE_OWNER if is_owner is None else is_owner
    return still_holds.still_holds(kind, state, is_owner=is_owner, is_current=is_current, is_past=is_past)


@each_row(
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
        ("explain_assigned", {ASSIGNED}),
        ("explain_approved", {APPROVED}),
        ("explain_in_progress", {BEGUN}),
        ("explain_offered", {PENDING}),
        ("explain_moved", {PENDING, ASSIGNED, APPROVED, BEGUN}),
        ("claim_noted", {PENDING}),
        ("began", {BEGUN}),
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
def test_kind_that_names_client_or_agent_holds_for_the_owner_only(kind, state):
    assert not holds(kind, state, is_owner=False)


@each_row("kind", ["offer", "taken", "withdrawn", "cancelled_client", "released"])
def test_kind_without_personal_details_holds_for_other_agents(kind):
    assert any(holds(kind, state, is_owner=False) for state in JobState)


@each_row(
    "kind",
    ["assigned", "moved_agent", "approved_client", "reminder_agent", "nudge", "explain_offered", "explain_moved"],
)
def test_kind_that_names_the_plan_does_not_hold_after_a_move(kind):
    assert not any(holds(kind, state, is_current=False) for state in JobState)


@each_row("kind", ["taken", "released", "completed_client"])
def test_kind_that_does_not_name_the_plan_holds_after_a_move(kind):
    assert all(holds(kind, state, is_current=False) for state in JobState)


@each_row(
    "kind",
    ["offer", "explain_offered", "claim_noted", "explain_moved", "taken", "declined", "explain_declined"],
)
def test_kind_for_others_does_not_hold_for_the_new_owner(kind):
    assert not any(holds(kind, state, is_owner=True) for state in JobState)
    assert any(holds(kind, state, is_owner=False) for state in JobState)


@each_row("kind", sorted(still_holds.HOLDS_WHILE))
def test_kind_about_a_coming_visit_does_not_hold_after_its_start(kind):
    in_time, too_late = ({state for state in JobState if holds(kind, state, is_past=past)} for past in (False, True))
    assert too_late == (set() if kind in still_holds.BEFORE_THE_START else in_time)


def test_every_kind_has_the_states_in_which_it_holds():
    assert not still_holds.ALWAYS_HOLDS & still_holds.HOLDS_WHILE.keys()
    assert still_holds.ALWAYS_HOLDS | still_holds.HOLDS_WHILE.keys() == kinds() - OTHER_WORDINGS
    assert still_holds.HOLDS_WHILE.keys() >= still_holds.BEFORE_THE_START


@each_row(("kind", "needs"), [("offer", True), ("reminder_client", True), ("cancelled_client", False)])
def test_kind_about_a_job_does_not_hold_without_the_job(kind, needs):
    assert still_holds.needs_its_job(kind) == needs
