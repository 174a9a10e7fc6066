"""Unknown outcomes are settled by a receipt or by two look-ups: no message is sent twice, and none is lost."""

import pytest
from bson import ObjectId

from dispatch.actions.outbox import lookups
from dispatch.channels.whatsapp.client import LookUpFailed
from dispatch.models.base.record import utc_now
from sandbox.twilio.faults import FaultKind
from tests.builders import a_phone
from tests.pretending import an_unknown, hinted, look_up, now_of, report, ripen, send, states

TAKEN = [FaultKind.SERVER_ERROR_ACCEPTED, FaultKind.CUT_ACCEPTED, FaultKind.HANG_ACCEPTED]
NOT_TAKEN = [FaultKind.SERVER_ERROR, FaultKind.CUT, FaultKind.HANG]


@pytest.mark.parametrize("fault", TAKEN)
def test_an_accepted_message_is_found_by_a_look_up_and_not_sent_again(twilio, fault):
    message = an_unknown(twilio, fault)
    look_up(message)
    send(message)
    assert states(message) == ("accepted", ["accepted"])
    assert now_of(message).twilio_sid == twilio.outbox[0].sid
    assert len(twilio.attempts) == len(twilio.outbox) == 1


@pytest.mark.parametrize("fault", NOT_TAKEN)
def test_a_message_that_was_not_accepted_is_sent_again_after_two_look_ups(twilio, fault):
    message = an_unknown(twilio, fault)
    send(message)
    look_up(message)
    send(message)
    assert (states(message), len(twilio.attempts)) == (("unknown", ["unknown"]), 1)
    look_up(message)
    assert states(message) == ("queued", ["not_found"])
    assert hinted("replies") == [[str(message.id)]]
    ripen(message)
    send(message)
    assert states(message) == ("accepted", ["not_found", "accepted"])
    assert (len(twilio.attempts), len(twilio.outbox)) == (2, 1)


@pytest.mark.parametrize("fault", TAKEN)
def test_a_receipt_before_the_look_up_settles_the_outcome(twilio, fault):
    message = an_unknown(twilio, fault)
    report(twilio.outbox[0], "sent")
    assert (states(message), now_of(message).next_attempt_at) == (("sent", ["sent"]), None)
    look_up(message)
    send(message)
    assert len(twilio.attempts) == 1


def test_a_message_that_is_listed_late_is_found_by_the_second_look_up(twilio):
    phone = a_phone()
    twilio.faults.set(phone, FaultKind.LATE_LISTING, seconds=60, count=1)
    message = an_unknown(twilio, FaultKind.CUT_ACCEPTED, phone=phone)
    look_up(message)
    assert states(message) == ("unknown", ["unknown"])
    twilio.outbox[0].listed_from = None
    look_up(message)
    assert states(message) == ("accepted", ["accepted"])
    assert len(twilio.attempts) == 1


def test_a_late_receipt_prevents_another_attempt(twilio):
    phone = a_phone()
    twilio.faults.set(phone, FaultKind.LATE_LISTING, seconds=60, count=1)
    message = an_unknown(twilio, FaultKind.CUT_ACCEPTED, phone=phone)
    look_up(message)
    look_up(message)
    assert states(message) == ("queued", ["not_found"])
    report(twilio.outbox[0], "delivered")
    send(message)
    ripen(message)
    send(message)
    assert states(message) == ("delivered", ["delivered"])
    assert len(twilio.attempts) == 1


def test_a_look_up_finds_that_the_message_failed(twilio):
    message = an_unknown(twilio, FaultKind.CUT_ACCEPTED)
    twilio.outbox[0].status, twilio.outbox[0].error_code = "undelivered", 63024
    look_up(message)
    assert states(message) == ("undelivered", ["undelivered"])
    assert now_of(message).error_code == 63024


def test_a_look_up_that_fails_is_not_counted(twilio):
    message = an_unknown(twilio, FaultKind.CUT)
    twilio.faults.set(message.phone, FaultKind.LOOKUP_500, count=3)
    for _ in range(3):
        with pytest.raises(LookUpFailed):
            look_up(message)
    assert (states(message), now_of(message).look_ups) == (("unknown", ["unknown"]), 0)
    look_up(message)
    look_up(message)
    assert states(message) == ("queued", ["not_found"])


def test_a_hint_before_the_due_time_makes_no_look_up(twilio):
    message = an_unknown(twilio, FaultKind.CUT)
    for _ in range(3):
        lookups.look_up(message.id, utc_now())
    lookups.look_up(ObjectId(), utc_now())
    assert (states(message), now_of(message).look_ups) == (("unknown", ["unknown"]), 0)
