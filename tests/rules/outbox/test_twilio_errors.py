"""The advice for each of Twilio's error codes, and for unknown codes."""

from datetime import UTC, datetime, timedelta

import pytest

from dispatch.rules.operations.why_causes import FAILURES
from dispatch.rules.outbox import twilio_errors
from dispatch.rules.outbox.twilio_errors import Advice
from tests.tables import each_row

NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)


@each_row(
    ("code", "http_status", "advice"),
    [
        pytest.param(20429, 429, Advice.RETRY, id="too many requests"),
        pytest.param(None, 429, Advice.RETRY, id="429 without a code"),
        pytest.param(99999, 429, Advice.RETRY, id="429 with a code nobody knows"),
        pytest.param(63038, 429, Advice.NEXT_DAY, id="the daily cap is a 429 too, but not one to retry soon"),
        pytest.param(63018, 429, Advice.RETRY, id="the channel's pace, said at once"),
        pytest.param(63018, None, Advice.LATER, id="the channel's limit, reported: it may be that of the day"),
        pytest.param(30001, None, Advice.RETRY, id="the queue is full"),
        pytest.param(30008, None, Advice.ONCE, id="nobody knows what it was"),
        pytest.param(63029, None, Advice.ONCE, id="the phone could not load the template"),
        pytest.param(21610, 400, Advice.OPTED_OUT, id="said STOP"),
        pytest.param(21610, None, Advice.OPTED_OUT, id="said STOP to Twilio's own opt-out"),
        pytest.param(63014, None, Advice.UNREACHABLE, id="blocked us"),
        pytest.param(21211, 400, Advice.UNREACHABLE, id="no such number"),
        pytest.param(63003, None, Advice.UNREACHABLE, id="the channel does not know them"),
        pytest.param(63024, None, Advice.UNREACHABLE, id="not on WhatsApp"),
        pytest.param(63016, None, Advice.NEEDS_TEMPLATE, id="outside the window"),
        pytest.param(20003, 401, Advice.MEND, id="wrong credentials"),
        pytest.param(None, 401, Advice.MEND, id="a 401 without a code"),
        pytest.param(63040, None, Advice.ALERT, id="a template was rejected"),
        pytest.param(63049, None, Advice.DAY_LATER, id="Meta takes a template for marketing"),
        pytest.param(63027, None, Advice.ALERT, id="a template is missing in a language"),
        pytest.param(10001, 400, Advice.MEND, id="account is not active"),
        pytest.param(20005, 401, Advice.MEND, id="account is not active, by another code"),
        pytest.param(20403, 403, Advice.MEND, id="account is forbidden to send"),
        pytest.param(None, 403, Advice.MEND, id="a 403 without a code"),
        pytest.param(30002, None, Advice.MEND, id="account is suspended"),
        pytest.param(21606, 400, Advice.MEND, id="sender is not ours"),
        pytest.param(21659, 400, Advice.MEND, id="sender is no number of Twilio's"),
        pytest.param(63112, None, Advice.MEND, id="Meta disabled the business account"),
        pytest.param(63114, None, Advice.MEND, id="Meta disabled the sender"),
        pytest.param(30500, None, Advice.RETRY, id="provider asks to try again"),
        pytest.param(63051, None, Advice.ALERT, id="the sender is locked"),
        pytest.param(21617, 400, Advice.BUG, id="too long"),
        pytest.param(63028, None, Advice.BUG, id="a wrong number of variables"),
        pytest.param(30036, None, Advice.FAIL, id="waited in Twilio's queue for longer than it is of use"),
        pytest.param(63032, None, Advice.FAIL, id="an experiment of Meta's says nothing of the person"),
        pytest.param(None, 404, Advice.ALERT, id="an error without a code"),
        pytest.param(None, None, Advice.ALERT, id="nothing at all"),
        pytest.param(10999, 400, Advice.MEND, id="unknown code about the account"),
        pytest.param(20599, None, Advice.RETRY, id="unknown code of a server's error"),
        pytest.param(20999, 400, Advice.ALERT, id="unknown code of Twilio's API"),
        pytest.param(21999, 400, Advice.ALERT, id="unknown code about the request"),
        pytest.param(30999, None, Advice.UNKNOWN, id="unknown code about delivery"),
        pytest.param(63999, None, Advice.UNKNOWN, id="unknown code of the channel"),
        pytest.param(63999, 400, Advice.UNKNOWN, id="unknown code of the channel, in an answer"),
        pytest.param(99999, None, Advice.UNKNOWN, id="a code nobody knows"),
        pytest.param(7, None, Advice.UNKNOWN, id="a code of no class"),
    ],
)
def test_error_code_gives_its_advice(code, http_status, advice):
    assert twilio_errors.advice(code, http_status) == advice


def test_every_error_code_is_listed_once():
    assert sum(map(len, twilio_errors._CODES.values())) == len(twilio_errors.ADVICE)


def test_every_advice_has_an_explanation():
    assert FAILURES.keys() == set(Advice)


@each_row("code", [*range(0, 1000, 50), *range(10000, 100000, 250)])
def test_code_without_a_row_never_fails_silently(code):
    for http_status in (None, 400, 403, 404):
        found = twilio_errors.advice(code, http_status)
        assert code in twilio_errors.ADVICE or found in twilio_errors.FOR_OPERATIONS | twilio_errors.RETRIED


def test_a_wrong_token_is_for_operations_and_no_reason_to_give_up():
    assert twilio_errors.advice(20003) in twilio_errors.FOR_OPERATIONS & twilio_errors.RETRIED


@each_row(
    ("advice", "failures", "until"),
    [
        pytest.param(Advice.LATER, 0, NOON + timedelta(minutes=15), id="a limit is tried in a quarter of an hour"),
        pytest.param(Advice.LATER, 2, NOON + timedelta(hours=1), id="and less often each time"),
        pytest.param(Advice.LATER, 1000, NOON + timedelta(hours=4), id="but some times a day"),
        pytest.param(Advice.NEXT_DAY, 0, datetime(2026, 11, 27, 0, 5, tzinfo=UTC), id="a day's limit the next day"),
        pytest.param(Advice.MEND, 0, NOON + timedelta(minutes=1), id="a repair is tried in a minute"),
        pytest.param(Advice.MEND, 1000, NOON + timedelta(hours=1), id="and later each hour"),
        pytest.param(Advice.FAIL, 0, None, id="what is no limit is not waited for"),
    ],
)
def test_exceeded_limit_is_retried_after_its_wait(advice, failures, until):
    assert twilio_errors.waits_until(advice, failures, NOON) == until
