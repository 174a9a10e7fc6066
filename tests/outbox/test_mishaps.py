"""Poison: what kills or breaks our workers each time is parked; what Twilio does to a message never parks it."""

from datetime import timedelta

import pytest

from dispatch.actions.outbox import outcomes
from dispatch.actions.outbox import send as outbox_send
from dispatch.channels.whatsapp import client
from dispatch.models import Job, Message
from dispatch.models.base.record import utc_now
from dispatch.models.message.attempted import SENDING_SECONDS
from dispatch.models.message.outbound import MAX_MISHAPS
from sandbox.twilio.faults import FaultKind
from tests.bodies import SENDER
from tests.builders import a_job, a_phone, lease
from tests.pretending import a_message, look_up, now_of, ripen, send, states


def dies(message):
    """A worker dies of a message while it sends it; nothing of it reaches Twilio."""
    lease(ripen(message), utc_now() - timedelta(seconds=SENDING_SECONDS))
    outbox_send.enqueue_overdue(utc_now())
    look_up(message)
    look_up(message)


def test_what_kills_its_worker_each_time_is_parked(twilio):
    message, other = a_message(phone=(phone := a_phone())), a_message(phone=phone)
    for deaths in range(1, MAX_MISHAPS + 1):
        assert states(message)[0] == "queued"
        dies(message)
        assert now_of(message).mishaps == deaths
    stands = now_of(message)
    assert (stands.status, stands.error) == ("parked", "the worker died each time it was sent")
    assert (stands.next_attempt_at, len(stands.attempts)) == (None, MAX_MISHAPS)
    outbox_send.enqueue_overdue(utc_now() + timedelta(hours=1))
    send(message, other)
    assert [states(each)[0] for each in (message, other)] == ["parked", "accepted"]


def test_a_worker_that_dies_after_the_post_parks_nothing(twilio):
    message = a_message()
    for _ in range(MAX_MISHAPS - 1):
        dies(message)
    leased = lease(ripen(message), utc_now() - timedelta(seconds=SENDING_SECONDS))
    client.send(SENDER, leased.phone, leased.text, leased.id, MAX_MISHAPS)
    outbox_send.enqueue_overdue(utc_now())
    look_up(message)
    assert states(message)[0] == "accepted"
    assert len(twilio.outbox) == 1


def test_a_parked_message_may_have_arrived_after_all(twilio):
    message = a_message()
    for _ in range(MAX_MISHAPS):
        dies(message)
    Message.outcome(message.id, 2, outcomes.MessageState.FAILED, utc_now(), sid="SM1", error_code=63012)
    assert states(message)[0] == "parked"
    Message.outcome(message.id, 1, outcomes.MessageState.DELIVERED, utc_now(), sid="SM2")
    assert states(message)[0] == "delivered"


@pytest.mark.parametrize("fault", [FaultKind.CUT, FaultKind.SERVER_ERROR, FaultKind.TOO_MANY])
def test_an_outage_of_twilios_parks_nothing(twilio, fault):
    message = a_message()
    twilio.faults.set("*", fault)
    for _ in range(MAX_MISHAPS + 2):
        ripen(message)
        send(message)
        look_up(message)
        look_up(message)
        assert states(message)[0] == "queued"
    twilio.faults.clear("*", fault)
    ripen(message)
    send(message)
    assert states(message)[0] == "accepted"


def test_what_breaks_our_own_code_each_time_is_parked(twilio):
    job = a_job()
    Job.collection().update_one({"_id": job.id}, {"$set": {"status": "nonsense"}})
    message = a_message(job=job.id)
    for _ in range(MAX_MISHAPS):
        assert states(message) == ("queued", [])
        with pytest.raises(ValueError, match="nonsense"):
            send(message)
    assert (states(message), now_of(message).error) == (("parked", []), "ValueError")
    send(message)
    assert twilio.attempts == []


def test_a_wrong_token_fails_nothing_within_hours(twilio):
    message = a_message()
    twilio.faults.set(message.phone, FaultKind.REFUSED, code=20003, count=3)
    for _ in range(3):
        ripen(message)
        send(message)
        assert (states(message)[0], now_of(message).error_code) == ("queued", 20003)
    ripen(message)
    send(message)
    assert states(message) == ("accepted", ["failed", "failed", "failed", "accepted"])
    old = a_message(written_ago=outcomes.GIVE_UP_AFTER + timedelta(minutes=1))
    twilio.faults.set(old.phone, FaultKind.REFUSED, code=20003)
    send(old)
    assert states(old)[0] == "failed"
