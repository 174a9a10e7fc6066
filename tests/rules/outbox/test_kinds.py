"""The table of message kinds: what its columns may contain."""

import pytest

from dispatch.rules.inbox.acts import JobStanding
from dispatch.rules.inbox.words import Word
from dispatch.rules.outbox import kinds
from dispatch.rules.outbox.kinds import KINDS, Category
from dispatch.rules.outbox.states import Lane

ASKED = {
    "offer": Word.YES,
    "explain_offered": Word.YES,
    "assigned": Word.CONFIRM,
    "moved_agent": Word.CONFIRM,
    "nudge": Word.CONFIRM,
    "explain_assigned": Word.CONFIRM,
    "ask_completed": Word.COMPLETE,
}


def names(condition):
    """Return the names of the kinds that messages can have, and for which the condition is true."""
    return {name for name, kind in KINDS.items() if kind.wording_of is None and condition(kind)}


def test_each_row_has_its_own_name_and_constant():
    rows = {name: row for name, row in vars(kinds).items() if isinstance(row, kinds.Kind)}
    assert {name.lower() for name in rows} == {row.name for row in rows.values()} == KINDS.keys()


def test_these_kinds_ask_for_a_word():
    assert {name: KINDS[name].asks for name in names(lambda kind: kind.asks)} == ASKED


@pytest.mark.parametrize("kind", [pytest.param(kind, id=kind.name) for kind in KINDS.values() if kind.buttons])
def test_a_kind_that_asks_for_a_word_has_a_button_for_it(kind):
    assert {Word(word) for word in kind.buttons} >= ({Word(kind.asks)} if kind.asks else set())


def test_only_broadcasts_go_on_the_lane_for_bulk():
    assert names(lambda kind: kind.lane == Lane.BULK) == {"offer", "taken", "withdrawn"}


def test_only_news_that_can_wait_is_kept_from_quiet_hours():
    waiting = {"offer", "taken", "withdrawn", "nudge", "completed_client", "expired_client"}
    assert names(lambda kind: not kind.in_quiet_hours) == waiting
    assert names(lambda kind: not kind.in_quiet_hours) <= names(lambda kind: kind.category == Category.UTILITY)


def test_only_the_confirmations_of_stop_and_start_pass_an_opt_out():
    assert names(lambda kind: kind.passes_opt_out) == {"opted_out", "resumed"}


def test_the_reminders_are_missed_when_the_visit_should_have_begun():
    assert names(lambda kind: kind.is_reminder) == {"reminder_agent", "reminder_client"}
    assert all(KINDS[name].until_start for name in names(lambda kind: kind.is_reminder))


def test_polite_replies_are_sent_once_a_day():
    assert kinds.once_a_day() == ["client_reply", "stranger_reply"]


def test_each_standing_is_explained_by_one_kind():
    assert {standing: kinds.explaining(standing).explains for standing in JobStanding} == {s: s for s in JobStanding}


@pytest.mark.parametrize("kind", [pytest.param(kind, id=kind.name) for kind in KINDS.values() if kind.wording_of])
def test_another_wording_belongs_to_a_kind_for_the_same_people(kind):
    base = KINDS[kind.wording_of]
    assert (base.wording_of, base.to) == (None, kind.to)
