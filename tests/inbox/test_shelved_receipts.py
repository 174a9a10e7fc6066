"""Receipts on the shelf: nobody waits for them, and a sweep takes them in, whatever dies at it."""

import json
from datetime import timedelta

import pytest

from dispatch import redis_client, shelf
from dispatch.actions.clock import due, sweep
from dispatch.actions.inbox import handling, rescue
from dispatch.actions.jobs import claims
from dispatch.models import Job, Message, Timer
from dispatch.models.base.record import server_now, utc_now
from dispatch.rules.clock import timer_kinds
from tests.builders import an_agent, an_offered_job, heard, lease
from tests.faults.killing import dies_at
from tests.pretending import a_message, hinted

pytestmark = pytest.mark.usefixtures("stores_clean")
MOST_COMMANDS = 20


def a_shelved_receipt(status="read"):
    """Return a message whose receipt lies on the shelf."""
    message = a_message()
    lease(message.id, utc_now())
    query = {"message": str(message.id), "attempt": "1"}
    assert shelf.keep("receipt", {"MessageSid": f"SM{message.id}", "MessageStatus": status}, query, utc_now())
    return message


def status(message):
    return Message.get(message.id).status


def test_a_claim_does_not_wait_for_them():
    a_shelved_receipt()
    ada = an_agent()
    job = an_offered_job()
    handling.handle(heard(ada, "yes").id)
    claims.settle(job.id, server_now() + timedelta(seconds=1))
    assert Job.get(job.id).agent == ada.id


def test_an_expiry_does_not_wait_for_them():
    a_shelved_receipt()
    job = an_offered_job("1h")
    Job.collection().update_one({"_id": job.id}, {"$set": {"starts_at": utc_now() - timedelta(seconds=1)}})
    timer = Timer.objects.get(job=job.id, kind=timer_kinds.EXPIRY.name)
    due.fire(timer.id, timer.due_at, max(timer.due_at, utc_now()))
    assert Job.get(job.id).status == "expired"


def test_whoever_saves_what_people_wrote_does_not_stop_for_them():
    message = a_shelved_receipt()
    assert rescue.save_messages() == 0
    assert (status(message), shelf.counts()["receipts"]) == ("sending", 1)


def test_a_sweep_takes_them_in_and_sets_aside_what_it_can_not():
    messages = [a_shelved_receipt(), a_shelved_receipt("delivered")]
    broken = json.dumps({"kind": "receipt", "form": {}})
    redis_client.client().lpush(shelf.RECEIPTS, broken)
    sweep.sweep(utc_now())
    assert [status(message) for message in messages] == ["read", "delivered"]
    assert shelf.counts() == {"waiting": 0, "receipts": 0, "set_aside": 1}
    assert hinted("inbox") == []


def test_what_one_sweep_has_no_time_for_is_left_to_the_next(monkeypatch):
    message = a_shelved_receipt()
    with monkeypatch.context() as hurried:
        hurried.setattr(rescue, "RECEIPTS_SECONDS", -1)
        sweep.sweep(utc_now())
    assert (status(message), shelf.counts()["receipts"]) == ("sending", 1)
    sweep.sweep(utc_now())
    assert (status(message), shelf.counts()["receipts"]) == ("read", 0)


def test_a_sweep_killed_anywhere_loses_none():
    """Killed before any of its commands, a receipt lies on the shelf until it has raised its message."""
    survived = False
    for command in range(1, MOST_COMMANDS):
        message = a_shelved_receipt()
        survived = not dies_at(command, rescue.save_receipts)
        assert shelf.counts()["receipts"] == (0 if survived else 1)
        rescue.save_receipts()
        assert (status(message), shelf.counts()["receipts"]) == ("read", 0)
        if survived:
            break
    assert survived
