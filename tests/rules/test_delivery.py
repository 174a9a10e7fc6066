"""Message states and their rank, and what Twilio's error codes ask for."""

import itertools
import random

import pytest

from dispatch.rules import delivery
from dispatch.rules.delivery import Advice


@pytest.mark.parametrize(
    ("code", "http_status", "advice"),
    [
        pytest.param(20429, 429, Advice.RETRY, id="too many requests"),
        pytest.param(None, 429, Advice.RETRY, id="429 without a code"),
        pytest.param(99999, 429, Advice.RETRY, id="429 with a code nobody knows"),
        pytest.param(63038, 429, Advice.ALERT, id="the daily cap is a 429 too, but not one to retry"),
        pytest.param(63018, 429, Advice.RETRY, id="the channel's pace"),
        pytest.param(21610, 400, Advice.OPTED_OUT, id="said STOP"),
        pytest.param(63014, None, Advice.OPTED_OUT, id="blocked us"),
        pytest.param(21211, 400, Advice.UNREACHABLE, id="no such number"),
        pytest.param(63024, None, Advice.UNREACHABLE, id="not on WhatsApp"),
        pytest.param(63016, None, Advice.NEEDS_TEMPLATE, id="outside the window"),
        pytest.param(20003, 401, Advice.MEND, id="wrong credentials"),
        pytest.param(None, 401, Advice.MEND, id="a 401 without a code"),
        pytest.param(21617, 400, Advice.FAIL, id="too long"),
        pytest.param(None, 404, Advice.FAIL, id="an error without a code"),
        pytest.param(99999, None, Advice.FAIL, id="a code nobody knows"),
        pytest.param(None, None, Advice.FAIL, id="nothing at all"),
    ],
)
def test_advice(code, http_status, advice):
    assert delivery.advice(code, http_status) == advice


def test_a_wrong_token_is_for_operations_and_no_reason_to_give_up():
    assert delivery.advice(20003) in delivery.LOUD & delivery.TRIED_AGAIN


@pytest.mark.parametrize(
    ("old", "new"),
    list(itertools.pairwise(["sending", "unknown", "not_found", "accepted", "sent", "failed", "delivered", "read"])),
)
def test_a_state_only_rises(old, new):
    assert delivery.rises(old, new)
    assert not delivery.rises(new, old)
    assert not delivery.rises(old, old)


def test_failed_and_undelivered_do_not_replace_each_other():
    assert not delivery.rises("failed", "undelivered")
    assert not delivery.rises("undelivered", "failed")


def test_each_of_twilios_words_has_a_rank():
    assert set(delivery.FROM_TWILIO.values()) <= set(delivery.ATTEMPT_RANK)


@pytest.mark.parametrize(
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
def test_the_best_attempt_speaks(states, n):
    attempts = [{"n": i, "state": state} for i, state in enumerate(states, 1)]
    assert delivery.best(attempts)["n"] == n


def test_no_attempt_speaks_for_a_message_not_tried():
    assert delivery.best([]) is None


@pytest.mark.parametrize(
    ("attempt", "least", "most"),
    [(1, 0.5, 1.5), (2, 1, 3), (3, 2, 6), (6, 16, 48), (7, 30, 90), (20, 30, 90), (5000, 30, 90)],
)
def test_backoff_doubles_to_a_minute_with_jitter(attempt, least, most):
    waits = [delivery.backoff(attempt, random.Random(seed)) for seed in range(200)]
    assert least <= min(waits) < max(waits) <= most
    assert max(waits) - min(waits) > (most - least) / 2  # spread
