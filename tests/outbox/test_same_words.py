"""Messages with the same words: a look-up takes no other one's SID, and a wrong guess is put right."""

from datetime import timedelta

from dispatch.actions.outbox import outcomes
from dispatch.channels.whatsapp import client
from dispatch.models import Message
from dispatch.models.base.record import utc_now
from dispatch.rules.outbox.states import MessageState
from sandbox.twilio.faults import FaultKind
from tests.builders import a_phone, lease
from tests.pretending import a_message, an_unknown, look_up, now_of, report, ripen, send, states


def test_a_look_up_does_not_take_another_messages_sid(twilio):
    lost = an_unknown(twilio, FaultKind.CUT, phone=(phone := a_phone()))
    same_words = a_message(phone=phone, lane="bulk")  # on its own lane it would wait
    send(same_words, lane="bulk")
    look_up(lost)
    look_up(lost)
    assert states(lost) == ("queued", ["not_found"])
    ripen(lost)
    send(lost)
    assert len(twilio.outbox) == 2
    assert {now_of(each).twilio_sid for each in (lost, same_words)} == {sent.sid for sent in twilio.outbox}


def test_a_look_up_does_not_take_the_sid_of_an_earlier_attempt(twilio):
    message = a_message()
    for tries in (1, 2):
        send(message)
        report(twilio.outbox[-1], "failed", 63012)
        assert len(twilio.outbox) == tries
        ripen(message)
    twilio.faults.set(message.phone, FaultKind.CUT, count=1)
    send(message)
    assert states(message) == ("unknown", ["failed", "failed", "unknown"])
    look_up(message)
    look_up(message)
    assert states(message) == ("queued", ["failed", "failed", "not_found"])


def test_a_look_up_does_not_take_what_was_sent_at_another_time(twilio):
    message = an_unknown(twilio, FaultKind.CUT_ACCEPTED)
    for minutes in (-2, 2):
        twilio.outbox[0].accepted_at = utc_now() + timedelta(minutes=minutes)
        look_up(message)
    assert states(message) == ("queued", ["not_found"])


def test_a_wrong_guess_is_put_right_by_the_receipt(twilio):
    """Two messages with the same words are unknown, one was taken: its receipt tells which."""
    phone = a_phone()
    lost, taken = (
        an_unknown(twilio, FaultKind.CUT, phone=phone),
        an_unknown(twilio, FaultKind.CUT_ACCEPTED, phone=phone, lane="bulk"),
    )
    look_up(lost)
    assert states(lost) == ("accepted", ["accepted"])  # a guess, and a wrong one
    report(twilio.outbox[0], "sent")
    assert states(taken) == ("sent", ["sent"])
    assert states(lost) == ("unknown", ["unknown"])
    look_up(lost)
    look_up(lost)
    ripen(lost)
    send(lost)
    assert states(lost) == ("accepted", ["not_found", "accepted"])
    assert len(twilio.outbox) == 2


def test_an_answer_that_comes_after_the_guess_counts(twilio):
    """While a message is being sent, a look-up for another one with the same words takes its SID."""
    message, other = a_message(), a_message()
    lease(other.id, utc_now())
    Message.outcome(other.id, 1, MessageState.ACCEPTED, utc_now(), sid="SM1")
    lease(message.id, utc_now())
    from_answer = client.Outcome(client.Result.ACCEPTED, sid="SM1")
    outcomes.record(now_of(message), 1, from_answer, utc_now())
    assert (states(message), now_of(message).twilio_sid) == (("accepted", ["accepted"]), "SM1")
    assert (states(other), now_of(other).twilio_sid) == (("unknown", ["unknown"]), None)
