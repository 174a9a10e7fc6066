"""How long it stays unknown: workers killed while sending, two minutes by default, and backlogs."""

import os
from datetime import timedelta

import pytest
from bson import ObjectId

from config.settings import settings
from dispatch.actions.outbox import lookups, outcomes
from dispatch.actions.outbox import send as outbox_send
from dispatch.channels.whatsapp import client
from dispatch.models.base.record import utc_now
from dispatch.models.message.attempted import SENDING_SECONDS
from sandbox.twilio.faults import FaultKind
from tests.bodies import SENDER
from tests.builders import lease
from tests.pretending import a_message, an_unknown, hinted, look_up, now_of, ripen, send, states

TWO_MINUTES = timedelta(seconds=120)


@pytest.mark.parametrize("taken", [True, False], ids=["after the POST", "before the POST"])
def test_a_worker_killed_while_sending(twilio, taken):
    message = a_message()
    leased = lease(message.id, utc_now() - timedelta(seconds=SENDING_SECONDS))
    if taken:
        client.send(SENDER, leased.phone, leased.text, leased.id, 1)
    outbox_send.enqueue_overdue(utc_now())
    assert states(message) == ("unknown", ["unknown"])
    assert hinted("lookups") == [str(message.id)]
    send(message)
    look_up(message)
    look_up(message)
    ripen(message)
    send(message)
    assert states(message) == ("accepted", ["accepted"] if taken else ["not_found", "accepted"])
    assert len(twilio.outbox) == 1


def test_a_worker_is_given_its_time(twilio):
    message = a_message()
    now = utc_now()
    lease(message.id, now)
    outbox_send.enqueue_overdue(now + timedelta(seconds=SENDING_SECONDS - 1))
    assert states(message) == ("sending", ["sending"])
    assert sum(client.TIMEOUT) + 5 < SENDING_SECONDS  # a POST, and writing what became of it


@pytest.mark.parametrize("killed", [True, False], ids=["killed", "no answer"])
def test_settled_within_two_minutes_by_default(twilio, killed):
    """The clock runs as the sweeps do, each as late as it may be; each hint is worked on at once."""
    assert not {"UNKNOWN_LOOKUP_SECONDS", "SWEEP_SECONDS"} & set(os.environ)
    start = utc_now()
    message = a_message()
    lease(message.id, start)
    if not killed:
        moment = start + timedelta(seconds=sum(client.TIMEOUT))
        outcomes.record(now_of(message), 1, client.Outcome(client.Result.UNKNOWN), moment)
    moment, seen = start, 0
    while states(message)[0] != "queued":
        moment += timedelta(seconds=settings().clock.sweep_seconds)
        assert moment < start + TWO_MINUTES
        outbox_send.enqueue_overdue(moment)
        hints = hinted("lookups")
        for hint in hints[seen:]:
            lookups.look_up(ObjectId(hint), moment)
        seen = len(hints)


def test_a_backlog_of_look_ups_does_not_multiply(twilio):
    message = an_unknown(twilio, FaultKind.CUT)
    ripen(message)
    start = utc_now()
    for seconds in range(0, 60, 5):
        outbox_send.enqueue_overdue(start + timedelta(seconds=seconds))
    assert len(hinted("lookups")) == 3
