"""Many senders and sweeps at once: each message is posted once, and an error of one does not stop the others."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from bson import ObjectId

from dispatch.actions.outbox import batches
from dispatch.actions.outbox import send as outbox_send
from dispatch.channels.whatsapp import client
from dispatch.models import Job
from dispatch.models.base.record import Unknown, utc_now
from tests.builders import a_job
from tests.pretending import LONG_AGO, a_message, hinted, now_of, send, states


def test_each_message_is_leased_just_before_its_post(twilio, monkeypatch):
    monkeypatch.setattr(batches, "SEND_THREADS", 1)
    messages = [a_message() for _ in range(3)]
    leased, post = [], client.send

    def note_leases_and_post(*arguments, **more):
        leased.append([message.id for message in messages if now_of(message).status == "sending"])
        return post(*arguments, **more)

    monkeypatch.setattr(client, "send", note_leases_and_post)
    send(*messages)
    assert leased == [[message.id] for message in messages]
    assert len(twilio.outbox) == 3


def test_an_error_of_one_message_does_not_stop_its_chunk(twilio, monkeypatch):
    monkeypatch.setattr(batches, "SEND_THREADS", 4)
    job = a_job()
    Job.collection().update_one({"_id": job.id}, {"$set": {"status": "nonsense"}})
    broken, others = a_message(job=job.id), [a_message() for _ in range(40)]
    with pytest.raises(ValueError, match="nonsense"):
        send(broken, *others)
    assert len(twilio.outbox) == 40
    assert states(broken) == ("queued", [])


def test_two_senders_of_the_same_chunk_post_each_message_once(twilio):
    messages = [a_message() for _ in range(60)]
    with ThreadPoolExecutor(2) as threads:
        list(threads.map(lambda _: send(*messages), range(2)))
    assert len(twilio.attempts) == 60
    assert {sent.phone for sent in twilio.outbox} == {message.phone for message in messages}


def test_only_unknown_ids_raise_unknown_and_one_of_many_is_ignored(twilio):
    with pytest.raises(Unknown):
        outbox_send.send([ObjectId()], "replies")
    outbox_send.send([], "bulk")
    assert twilio.attempts == []
    outbox_send.send([ObjectId(), a_message().id], "replies")
    assert len(twilio.attempts) == 1


def test_two_sweeps_at_once_enqueue_each_message_once(twilio):
    messages = [a_message(written_ago=LONG_AGO) for _ in range(50)]
    gate = threading.Barrier(2)

    def sweep(_):
        gate.wait()
        outbox_send.enqueue_overdue(utc_now())

    with ThreadPoolExecutor(2) as threads:
        list(threads.map(sweep, range(2)))
    ids = [each for chunk in hinted("replies") for each in chunk]
    assert sorted(ids) == sorted(str(message.id) for message in messages)


def test_sweeps_enqueue_a_backlog_once_a_minute(twilio):
    for lane in ("replies", "bulk"):
        a_message(written_ago=LONG_AGO, lane=lane)
    start = utc_now()
    for seconds in range(0, 60, 5):
        outbox_send.enqueue_overdue(start + timedelta(seconds=seconds))
    assert (len(hinted("replies")), len(hinted("bulk"))) == (1, 1)
    outbox_send.enqueue_overdue(start + timedelta(seconds=61))
    assert (len(hinted("replies")), len(hinted("bulk"))) == (2, 2)
