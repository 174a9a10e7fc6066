"""Doubt: no news of a message that Twilio took; it is asked after once, then shown as doubtful until news comes."""

from datetime import timedelta

import pytest
from bson import ObjectId

from dispatch.actions.outbox import missing_receipts
from dispatch.channels.whatsapp.client import LookUpFailed
from dispatch.models import Message
from dispatch.models.base.record import utc_now
from dispatch.rules.outbox.states import DOUBTED_AFTER
from sandbox.twilio.faults import FaultKind
from tests.outbox.test_outcomes import send
from tests.pretending import a_message, hinted, now_of, report, states

LATER = timedelta(seconds=1)


def a_taken(twilio, status):
    """A message that got so far, and no further."""
    message = send(a_message())
    if status == "sent":
        report(twilio.outbox[0], "sent")
        twilio.outbox[0].status = "sent"
    assert states(message) == (status, [status])
    return message


def sweep(after):
    """Let so much time pass, and Twilio be asked after whatever has been quiet for so long."""
    done = len(hinted("lookups"))
    missing_receipts.enqueue_overdue(utc_now() + after)
    hints = hinted("lookups")[done:]
    for hint in hints:
        missing_receipts.ask_after(ObjectId(hint), utc_now())
    return hints


@pytest.mark.parametrize(("status", "wait"), DOUBTED_AFTER.items())
def test_without_news_it_is_asked_after_once_and_then_shown(twilio, api, status, wait):
    message = a_taken(twilio, status)
    assert sweep(wait - timedelta(minutes=1)) == []
    assert sweep(wait + LATER) == [str(message.id)]
    assert states(message) == (status, [status])
    assert sweep(2 * wait) == []
    shown = api.get(f"/api/messages/{message.id}").json
    assert (shown["status"], shown["doubtful"]) == (status, True)


@pytest.mark.parametrize("status", ["delivered", "read", "failed", "undelivered"])
def test_a_late_receipt_ends_the_doubt(twilio, status):
    message = a_taken(twilio, "sent")
    sweep(timedelta(hours=13))
    report(twilio.outbox[0], status, 63024 if status in ("failed", "undelivered") else None)
    stands = now_of(message)
    assert (stands.status, stands.doubtful, stands.doubt_at) == (status, None, None)


@pytest.mark.parametrize(
    ("twilio_says", "code", "status", "again"),
    [
        pytest.param("delivered", None, "delivered", False, id="arrived"),
        pytest.param("read", None, "read", False, id="read"),
        pytest.param("undelivered", 63024, "undelivered", False, id="did not arrive"),
        pytest.param("sent", None, "sent", True, id="went on: later once more"),
    ],
)
def test_news_that_twilio_has_are_taken(twilio, twilio_says, code, status, again):
    message = a_taken(twilio, "accepted")
    twilio.outbox[0].status, twilio.outbox[0].error_code = twilio_says, code
    sweep(timedelta(hours=2))
    stands = now_of(message)
    assert (stands.status, stands.doubtful, stands.doubt_at is not None) == (status, None, again)
    if again:
        assert sweep(timedelta(hours=11)) == []
        sweep(timedelta(hours=13))
        assert (now_of(message).status, now_of(message).doubtful) == ("sent", True)


def test_twilio_cannot_be_asked_and_is_asked_again(twilio):
    message = a_taken(twilio, "sent")
    twilio.faults.set(message.phone, FaultKind.LOOKUP_500, count=2)
    moment = timedelta(hours=13)
    for _ in range(2):
        with pytest.raises(LookUpFailed):
            sweep(moment)
        assert now_of(message).doubtful is None
        assert sweep(moment + missing_receipts.AGAIN - LATER) == []
        moment += missing_receipts.AGAIN + LATER
    sweep(moment)
    assert now_of(message).doubtful is True


def test_twilio_has_forgotten_it(twilio):
    message = a_taken(twilio, "sent")
    twilio.clear()
    sweep(timedelta(hours=13))
    assert (states(message), now_of(message).doubtful) == (("sent", ["sent"]), True)


def test_what_arrived_before_the_look_up_is_not_asked_after(twilio):
    message = a_taken(twilio, "sent")
    missing_receipts.enqueue_overdue(utc_now() + timedelta(hours=13))
    report(twilio.outbox[0], "delivered")
    twilio.faults.set(message.phone, FaultKind.LOOKUP_500)  # who asks all the same gets an error
    missing_receipts.ask_after(message.id, utc_now())
    missing_receipts.ask_after(ObjectId(), utc_now())
    assert (now_of(message).status, now_of(message).doubtful) == ("delivered", None)


def test_a_receipt_that_comes_during_the_look_up_counts(twilio):
    message = a_taken(twilio, "sent")
    seen = now_of(message)
    report(twilio.outbox[0], "delivered")
    assert not Message.mark_doubtful(seen.id, seen.revision)
    assert (now_of(message).status, now_of(message).doubtful) == ("delivered", None)


def test_two_sweeps_ask_after_each_message_once_and_after_some_at_a_time(twilio):
    for _ in range(5):
        send(a_message())
    late = utc_now() + timedelta(hours=2)
    taken = [Message.lease_doubtful(late, late + missing_receipts.AGAIN, limit=3) for _ in range(3)]
    assert [len(each) for each in taken] == [3, 2, 0]
