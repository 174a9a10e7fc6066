"""Hearing: forms are saved once, as text; what lay on the shelf is brought in, and what is broken blocks nobody."""

import json
from datetime import timedelta

import pytest
from bson import ObjectId
from pymongo.errors import ServerSelectionTimeoutError

from dispatch import redis_client, shelf
from dispatch.actions.clock import sweep
from dispatch.actions.inbox import arrivals, handling, rescue
from dispatch.actions.jobs import claims
from dispatch.actions.outbox import receipts
from dispatch.models import Job, Message
from dispatch.models.base.record import server_now, utc_now
from dispatch.rules import failures
from tests.builders import a_phone, an_agent, an_inbound_form, an_offered_job, lease
from tests.pretending import LONG_AGO, a_message, hinted

pytestmark = pytest.mark.usefixtures("stores_clean")


@pytest.mark.parametrize(
    ("changes", "phone"),
    [
        pytest.param({"From": "whatsapp:+2348031234567"}, "+2348031234567", id="a number"),
        pytest.param({"From": "whatsapp:NG.1A2B3C"}, "whatsapp:NG.1A2B3C", id="somebody who hides the number"),
        pytest.param({"From": "whatsapp:" + "x" * 500}, "whatsapp:" + "x" * 191, id="nonsense"),
    ],
)
def test_who_wrote(changes, phone):
    form = an_inbound_form(**changes)
    arrivals.save(form)
    arrivals.save(form)
    [message] = Message.objects(direction="inbound")
    assert (message.phone, message.text, message.status) == (phone, form["Body"], "received")
    assert hinted("inbox") == [str(message.id)]


@pytest.mark.parametrize("missing", ["MessageSid", "From"])
def test_a_form_that_says_too_little_is_let_go(missing):
    arrivals.save(an_inbound_form(**{missing: ""}))
    assert Message.objects.count() == 0


def test_a_text_that_looks_like_a_field_is_a_text():
    form = an_inbound_form(Body="$twilio_sid", ProfileName="$$NOW", ButtonPayload="$phone")
    arrivals.save(form)
    [message] = Message.objects
    assert (message.text, message.form["ProfileName"], message.form["ButtonPayload"]) == (
        "$twilio_sid", "$$NOW", "$phone"
    )  # fmt: skip
    assert message.twilio_sid == form["MessageSid"]


@pytest.mark.parametrize(
    ("query", "form"),
    [
        pytest.param({}, {"MessageStatus": "sent", "MessageSid": "SM404"}, id="nobody's"),
        pytest.param({"message": "nonsense"}, {"MessageStatus": "sent"}, id="no id"),
        pytest.param({"message": str(ObjectId()), "attempt": "1"}, {"MessageStatus": "sent"}, id="an id of nothing"),
        pytest.param({"message": "own", "attempt": "2"}, {"MessageStatus": "sent"}, id="an attempt that was not made"),
        pytest.param({"message": "own", "attempt": "0"}, {"MessageStatus": "sent"}, id="attempt 0"),
        pytest.param({"message": "own", "attempt": "1"}, {"MessageStatus": "dancing"}, id="a state nobody knows"),
        pytest.param({"message": "own", "attempt": "1"}, {}, id="no state"),
    ],
)
def test_a_receipt_of_nothing_changes_nothing(query, form):
    message = a_message()
    lease(message.id, utc_now())
    receipts.receive({name: str(message.id) if value == "own" else value for name, value in query.items()}, form)
    assert Message.get(message.id).status == "sending"


def test_a_receipt_for_what_a_person_wrote_changes_nothing():
    form = an_inbound_form()
    arrivals.save(form)
    receipts.receive({}, {"MessageSid": form["MessageSid"], "MessageStatus": "read"})
    assert Message.by_sid(form["MessageSid"]).status == "received"


def test_what_fails_too_often_is_parked_and_the_next_is_handled():
    """Workers have died of the first of two messages as often as may be."""
    phone = a_phone()
    for _ in range(2):
        arrivals.save(an_inbound_form(phone=phone, Body="hello"))
    broken, next_one = Message.objects.order_by("received_at", "id")
    spent = {"handlings": failures.MOST_TRIES, "next_attempt_at": utc_now() - LONG_AGO}
    Message.collection().update_one({"_id": broken.id}, {"$set": spent})
    handling.handle(next_one.id)
    assert [Message.get(each.id).status for each in (broken, next_one)] == ["parked", "handled"]
    assert Message.get(broken.id).error == failures.WORKER_LOST


def test_what_an_outage_has_stopped_is_not_pushed_on_by_each_sweep():
    """An outage is not counted, so it looks as if nobody had begun it; it is hinted at when it is time, and leased."""
    arrivals.save(an_inbound_form(Body="hello"))
    message, now = Message.objects.get(), utc_now()
    leased = Message.lease_next(message.phone, now)
    Message.failed(leased, failures.Failure("NetworkTimeout in dispatch.x:y", passes=True), now)
    later = Message.get(message.id).next_attempt_at
    sweep.sweep(later)
    assert Message.lease_next(message.phone, later)


def test_whoever_writes_without_end_keeps_nobody_waiting():
    """So many of a person's messages are handled in one go; a hint at the rest goes to the end of the queue."""
    phone = a_phone()
    for _ in range(2 * handling.IN_ONE_GO):
        arrivals.save(an_inbound_form(phone=phone, Body="hello"))
    first = Message.objects.order_by("received_at", "id").first()
    redis_client.client().delete("inbox")
    handling.handle(first.id)
    assert Message.objects(direction="inbound", unhandled=True).count() == handling.IN_ONE_GO
    assert hinted("inbox") == [str(first.id)]
    handling.handle(first.id)
    handling.handle(first.id)
    assert not Message.objects(unhandled=True)
    assert len(hinted("inbox")) == 2  # none after all is handled


def put_on_shelf(*entries):
    for entry in entries:
        redis_client.client().rpush(shelf.RESCUED, entry if isinstance(entry, str) else json.dumps(entry))


def an_entry(form=None, at=None, **changes):
    at = at or utc_now() - LONG_AGO
    return {"kind": "inbound", "form": form or an_inbound_form(), "query": {}, "at": at.isoformat()} | changes


def test_a_rescued_message_keeps_its_arrival_and_is_saved_once():
    form, at = an_inbound_form(), utc_now() - LONG_AGO
    put_on_shelf(an_entry(form, at), an_entry(form, at + timedelta(seconds=3)))
    assert rescue.save_messages() == 2
    [message] = Message.objects
    assert message.received_at == at
    assert not shelf.messages_wait()
    arrivals.save(form)
    assert Message.objects.count() == 1


def test_what_a_stuck_mongodb_saves_when_it_goes_on_counts_from_its_arrival():
    """The web had ceased to wait and rescued the form; MongoDB carries the write out all the same, and stamps it."""
    form, came_at = an_inbound_form(), utc_now() - LONG_AGO
    arrivals.save(form)
    put_on_shelf(an_entry(form, came_at), an_entry(form, utc_now() + LONG_AGO))
    rescue.save_messages()
    assert Message.by_sid(form["MessageSid"]).received_at == came_at


def test_the_earliest_wins_whose_yes_a_stuck_mongodb_saved_too_late():
    """Also when it was understood, and had claimed, before the shelf tells when it came."""
    late, early = an_agent(), an_agent()
    job = an_offered_job()
    forms = {agent.id: an_inbound_form(phone=agent.phone, Body=f"yes {job.code}") for agent in (late, early)}
    came_at = {late.id: utc_now(), early.id: utc_now() - timedelta(seconds=3)}
    for agent in (late, early):
        arrivals.save(forms[agent.id])
        handling.handle(Message.by_sid(forms[agent.id]["MessageSid"]).id)
    put_on_shelf(*(an_entry(forms[agent.id], came_at[agent.id]) for agent in (late, early)))
    rescue.save_messages()
    claims.settle(job.id, server_now() + timedelta(seconds=1))
    assert Job.get(job.id).agent == early.id


def test_a_rescued_receipt_raises_its_message():
    message = a_message()
    lease(message.id, utc_now())
    query = {"message": str(message.id), "attempt": "1"}
    put_on_shelf(an_entry({"MessageSid": "SM1", "MessageStatus": "read"}, kind="receipt", query=query))
    rescue.save_messages()
    assert Message.get(message.id).status == "read"


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param("{", id="no JSON"),
        pytest.param("null", id="nothing"),
        pytest.param("[1]", id="a list"),
        pytest.param({"kind": "inbound"}, id="no form"),
        pytest.param({"kind": "inbound", "form": an_inbound_form()}, id="no time"),
        pytest.param(an_entry(at=utc_now()) | {"at": "yesterday"}, id="a time that is none"),
        pytest.param(an_entry() | {"form": None}, id="a form that is none"),
        pytest.param({"kind": "receipt", "form": {}}, id="no query"),
        pytest.param({"form": {}}, id="no kind"),
    ],
)
def test_a_broken_entry_is_set_aside_and_blocks_nobody(broken):
    good = an_inbound_form()
    put_on_shelf(broken, an_entry(good))
    assert rescue.save_messages() == 1
    assert Message.by_sid(good["MessageSid"]) is not None
    assert not shelf.messages_wait()
    assert redis_client.client().lrange(shelf.SET_ASIDE, 0, -1) == [
        broken if isinstance(broken, str) else json.dumps(broken)
    ]
    assert rescue.save_messages() == 0


def test_a_broken_entry_does_not_stop_the_sweep():
    a_message(phone=a_phone(), written_ago=LONG_AGO)
    put_on_shelf("{")
    sweep.sweep(utc_now())
    assert len(hinted("replies")) == 1


def test_the_shelf_is_kept_while_mongodb_does_not_answer(monkeypatch):
    put_on_shelf(an_entry(), an_entry())

    def unreachable(*_args, **_more):
        raise ServerSelectionTimeoutError("nobody there")

    with monkeypatch.context() as broken:
        broken.setattr(Message, "arrive", unreachable)
        with pytest.raises(ServerSelectionTimeoutError):
            rescue.save_messages()
    assert len(shelf.entries()) == 2
    assert rescue.save_messages() == 2
    assert redis_client.client().llen(shelf.SET_ASIDE) == 0


def test_two_that_bring_at_once_save_each_once():
    forms = [an_inbound_form() for _ in range(10)]
    put_on_shelf(*(an_entry(form) for form in forms))
    seen_by_both = shelf.entries()
    rescue.save_messages()
    put_on_shelf(*seen_by_both)
    rescue.save_messages()
    assert Message.objects.count() == 10
