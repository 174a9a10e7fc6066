"""Message states and their rank."""

import itertools
import random

import pytest

from dispatch.rules.outbox import states as outbox_states
from tests.tables import each_row


@each_row(
    ("old", "new"),
    list(itertools.pairwise(["sending", "unknown", "not_found", "accepted", "sent", "failed", "delivered", "read"])),
)
def test_state_is_replaced_by_a_higher_one_only(old, new):
    assert outbox_states.rises(old, new)
    assert not outbox_states.rises(new, old)
    assert not outbox_states.rises(old, old)


def test_failed_and_undelivered_do_not_replace_each_other():
    assert not outbox_states.rises("failed", "undelivered")
    assert not outbox_states.rises("undelivered", "failed")


def test_every_state_of_twilio_has_a_rank():
    assert set(outbox_states.FROM_TWILIO.values()) <= set(outbox_states.ATTEMPT_RANK)


@each_row(
    ("states", "n"),
    [
        pytest.param(["sent"], 1, id="the only one"),
        pytest.param(["not_found", "sending"], 2, id="one under way before one that was lost"),
        pytest.param(["sent", "sending"], 1, id="one that arrived before one under way"),
        pytest.param(["failed", "unknown"], 2, id="one that may have arrived before one that failed"),
        pytest.param(["failed", "failed"], 2, id="the latest of equals"),
        pytest.param(["undelivered", "not_found"], 2, id="the latest of the lost"),
        pytest.param(["delivered", "read", "delivered"], 2, id="the furthest"),
    ],
)
def test_best_attempt_is_the_one_that_got_furthest(states, n):
    attempts = [{"n": i, "state": state} for i, state in enumerate(states, 1)]
    assert outbox_states.best(attempts)["n"] == n


def test_message_that_was_not_tried_has_no_best_attempt():
    assert outbox_states.best([]) is None


@each_row(
    ("attempt", "least", "most"),
    [(1, 0.5, 1.5), (2, 1, 3), (3, 2, 6), (6, 16, 48), (7, 30, 90), (20, 30, 90), (5000, 30, 90)],
)
def test_backoff_doubles_to_a_minute_with_jitter(attempt, least, most):
    waits = [outbox_states.backoff(attempt, random.Random(seed)) for seed in range(200)]
    assert least <= min(waits) < max(waits) <= most
    assert max(waits) - min(waits) > (most - least) / 2  # spread
