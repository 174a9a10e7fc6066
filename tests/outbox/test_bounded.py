"""A sending task ends in bounded time even if Twilio is slow: after its budget it begins no further message."""

import itertools
from math import ceil

import pytest

from config import queues
from dispatch import redis_client
from dispatch.actions.outbox import batches
from dispatch.actions.outbox import send as outbox_send
from dispatch.channels.whatsapp import client, pacing
from sandbox import supervision
from tests.builders import a_phone
from tests.pretending import a_message, hinted, send, set_pace, states

#: The longest time of a task after its budget: one POST without an answer, and a slow MongoDB before and after.
AFTER_THE_BUDGET = sum(client.TIMEOUT) + redis_client.REDIS_SECONDS + 1


@pytest.fixture
def ticking(monkeypatch):
    """A clock that advances by one second at each reading, and one thread."""
    monkeypatch.setattr(batches, "clock", itertools.count().__next__)
    monkeypatch.setattr(batches, "SEND_THREADS", 1)


@pytest.mark.parametrize("lane", ["replies", "bulk"])
def test_messages_not_begun_within_the_budget_are_enqueued_again(twilio, ticking, monkeypatch, lane):
    monkeypatch.setattr(outbox_send, "SEND_BUDGET", 3)
    messages = [a_message(lane=lane) for _ in range(5)]
    send(*messages, lane=lane)
    begun = [message for message in messages if states(message)[0] == "accepted"]
    assert begun == messages[: len(begun)]
    assert 0 < len(begun) < 5
    assert hinted(lane) == [[str(message.id) for message in messages[len(begun) :]]]


def test_later_messages_of_one_person_are_enqueued_again_after_the_budget(twilio, ticking, monkeypatch):
    monkeypatch.setattr(outbox_send, "SEND_BUDGET", 3)
    phone = a_phone()
    messages = [a_message(phone=phone) for _ in range(5)]
    send(*messages)
    sent = len(twilio.outbox)
    assert 0 < sent < 5
    assert hinted("replies") == [[str(message.id) for message in messages[sent:]]]


def test_a_slot_that_comes_after_the_budget_is_not_waited_for(twilio, monkeypatch):
    set_pace(monkeypatch, 1)
    monkeypatch.setattr(outbox_send, "SEND_BUDGET", 0.5)
    messages = [a_message() for _ in range(pacing.BURST + 4)]
    send(*messages)
    assert len(twilio.outbox) in range(pacing.BURST, pacing.BURST + 2)
    left = [str(message.id) for message in messages if states(message)[0] == "queued"]
    assert hinted("replies") == [left]
    redis_client.client().flushdb()


def test_a_worker_that_is_stopped_has_time_to_finish_its_task():
    assert ceil(queues.SEND_BUDGET + AFTER_THE_BUDGET) < supervision.GRACE
