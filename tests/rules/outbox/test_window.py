"""WhatsApp's window, and Meta's words for a template."""

from datetime import UTC, datetime, timedelta

import pytest

from dispatch.rules.outbox import window
from dispatch.rules.outbox.window import Approval
from tests.tables import each_row

NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)


@each_row(
    ("ago", "is_open"),
    [
        pytest.param(timedelta(), True, id="just now"),
        pytest.param(timedelta(hours=23, minutes=57), True, id="nearly a day ago"),
        pytest.param(timedelta(hours=23, minutes=58), False, id="so shortly before the end that it may be late"),
        pytest.param(timedelta(days=2), False, id="days ago"),
    ],
)
def test_window_is_open_for_a_day_after_a_message(ago, is_open):
    assert window.is_open(NOON - ago, NOON) is is_open


def test_a_person_who_never_wrote_has_no_open_window():
    assert not window.is_open(None, NOON)


@each_row(
    ("word", "approval"),
    [
        ("approved", Approval.APPROVED),
        ("paused", Approval.PAUSED),
        ("in_appeal", Approval.UNSUBMITTED),
        (None, Approval.UNSUBMITTED),
    ],
)
def test_an_unknown_word_is_no_approval(word, approval):
    assert window.approval(word) is approval
