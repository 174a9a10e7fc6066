"""Arrivals: webhook forms are saved once, as text; forms on the shelf follow, and a broken one blocks none."""

import hmac
import json
from datetime import timedelta

import pytest
from bson import ObjectId
from pymongo.errors import ServerSelectionTimeoutError

from dispatch import ops_webhook, redis_client, shelf
from dispatch.actions.clock import sweep
from dispatch.actions.inbox import arrivals, handling, rescue
from dispatch.actions.jobs import claims
from dispatch.actions.operations import law_readers
from dispatch.actions.outbox import receipts
from dispatch.models import Alarm, Job, Message
from dispatch.models.base.record import server_now, utc_now
from dispatch.rules import failures
from tests.builders import a_phone, an_agent, an_inbound_form, an_offered_job, lease
from tests.conftest import ENVIRONMENT
from tests.pretending import LONG_AGO, a_message, hinted
from tests.settings import changed

pytestmark = pytest.mark.usefixtures("stores_clean")


@pytest.mark.parametrize(
    ("sender", "phone"),
    [
        pytest.param("whatsapp:+2348031234567", "+2348031234567", id="a number"),
        pytest.param("whatsapp:+5215512340102", "+525512340102", id="a number in WhatsApp's form"),
        pytest.param("whatsapp:NG.1A2B3C", "NG.1A2B3C", id="a hidden number"),
    ],
)
def test_sender_is_saved_once_by_their_key(sender, phone):
    form = an_inbound_form(From=sender)
    arrivals.save(form)
    arrivals.save(form)
    [message] = Message.objects(direction="inbound")
    assert (message.phone, message.text, message.status) == (phone, form["Body"], "received")
    assert hinted("inbox") == [str(message.id)]


@pytest.mark.parametrize("sender", ["+2348031234567", "messenger:42", "whatsapp:" + "x" * 500, "whatsapp:12", "\0", ""])
def test_form_of_nobody_on_whatsapp_is_ignored(sender):
    arrivals.save(an_inbound_form(From=sender))
    assert Message.objects.count() == 0


@pytest.mark.parametrize("missing", ["MessageSid", "From"])
def test_form_without_sid_or_sender_is_ignored(missing):
    arrivals.save(an_inbound_form(**{missing: ""}))
    assert Message.objects.count() == 0


def test_text_that_looks_like_a_field_is_saved_as_text():
    form = an_inbound_form(Body="$twilio_sid", ProfileName="$$NOW", ButtonPayload="$phone")
    arrivals.save(form)
    [message] = Message.objects
    assert (message.text, message.form["ProfileName"], message.form["ButtonPayload"]) == (
        "$twilio_sid",
        "$$NOW",
        "$phone",
    )
    assert message.twilio_sid == form["MessageSid"]


@pytest.mark.parametrize(
    ("query", "form"),
    [
        pytest.param({}, {"MessageStatus": "sent", "MessageSid": "SM404"}, id="an unknown SID"),
        pytest.param({"message": "nonsense"}, {"MessageStatus": "sent"}, id="no id"),
        pytest.param({"message": str(ObjectId()), "attempt": "1"}, {"MessageStatus": "sent"}, id="an id of nothing"),
        pytest.param({"message": "own", "attempt": "2"}, {"MessageStatus": "sent"}, id="an attempt that was not made"),
        pytest.param({"message": "own", "attempt": "0"}, {"MessageStatus": "sent"}, id="attempt 0"),
        pytest.param({"message": "own", "attempt": "1"}, {"MessageStatus": "dancing"}, id="an unknown state"),
        pytest.param({"message": "own", "attempt": "1"}, {}, id="no state"),
    ],
)
def test_receipt_without_message_changes_nothing(query, form):
    message = a_message()
    lease(message.id, utc_now())
    receipts.receive({name: str(message.id) if value == "own" else value for name, value in query.items()}, form)
    assert Message.get(message.id).status == "sending"


def test_receipt_for_an_inbound_message_changes_nothing():
    form = an_inbound_form()
    arrivals.save(form)
    receipts.receive({}, {"MessageSid": form["MessageSid"], "MessageStatus": "read"})
    assert Message.by_sid(form["MessageSid"]).status == "received"


def test_message_that_fails_too_often_is_parked_and_the_next_one_is_handled():
    """The first of two messages has killed its workers as often as is allowed."""
    phone = a_phone()
    for _ in range(2):
        arrivals.save(an_inbound_form(phone=phone, Body="hello"))
    broken, next_one = Message.objects.order_by("received_at", "id")
    spent = {"handlings": failures.MOST_TRIES, "next_attempt_at": utc_now() - LONG_AGO}
    Message.collection().update_one({"_id": broken.id}, {"$set": spent})
    handling.handle(next_one.id)
    assert [Message.get(each.id).status for each in (broken, next_one)] == ["parked", "handled"]
    assert Message.get(broken.id).error == failures.WORKER_LOST


def test_handling_stopped_by_an_outage_is_enqueued_only_when_it_is_due():
    """An outage is not counted, so the message looks untried; it is enqueued and leased only when it is due."""
    arrivals.save(an_inbound_form(Body="hello"))
    message, now = Message.objects.get(), utc_now()
    leased = Message.lease_next(message.phone, now)
    Message.failed(leased, failures.Failure("NetworkTimeout in dispatch.x:y", passes=True), now)
    later = Message.get(message.id).next_attempt_at
    sweep.sweep(later)
    assert Message.lease_next(message.phone, later)


def test_rest_of_many_messages_of_one_person_is_enqueued_behind_other_peoples():
    """IN_ONE_GO messages of a person are handled; the task for the rest goes to the end of the queue."""
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
    assert len(hinted("inbox")) == 2  # no task is enqueued once all is handled


def put_on_shelf(*entries):
    redis_client.client().rpush(
        shelf.RESCUED, *(entry if isinstance(entry, str | bytes) else signed(entry) for entry in entries)
    )


def an_entry(form=None, at=None, **changes):
    at = at or utc_now() - LONG_AGO
    return {"kind": "inbound", "form": form or an_inbound_form(), "query": {}, "at": at.isoformat()} | changes


def signed(entry, secret=ENVIRONMENT["SECRET_KEY"]):
    """Return an entry of the shelf, with the signature that a desk with this SECRET_KEY gives it."""
    key = hmac.digest(secret.encode(), b"dispatch.shelf", "sha256")
    signature = hmac.digest(key, json.dumps(entry, sort_keys=True).encode(), "sha256").hex()
    return json.dumps({**entry, "signature": signature})


def test_rescued_message_keeps_its_arrival_and_is_saved_once():
    form, at = an_inbound_form(), utc_now() - LONG_AGO
    put_on_shelf(an_entry(form, at), an_entry(form, at + timedelta(seconds=3)))
    assert rescue.save_messages() == 2
    [message] = Message.objects
    assert message.received_at == at
    assert not shelf.messages_wait()
    arrivals.save(form)
    assert Message.objects.count() == 1


def test_message_that_a_stuck_mongodb_saved_late_counts_from_its_arrival():
    """The web process gave up and kept the form on the shelf; MongoDB does the write all the same, and stamps it."""
    form, came_at = an_inbound_form(), utc_now() - LONG_AGO
    arrivals.save(form)
    put_on_shelf(an_entry(form, came_at), an_entry(form, utc_now() + LONG_AGO))
    rescue.save_messages()
    assert Message.by_sid(form["MessageSid"]).received_at == came_at


def test_earliest_yes_wins_although_a_stuck_mongodb_saved_it_late():
    """This holds even if the message was understood and its claim written before the shelf is emptied."""
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


def test_rescued_receipt_raises_the_state_of_its_message():
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
def test_broken_shelf_entry_is_set_aside_and_the_rest_is_saved(broken):
    good = an_inbound_form()
    put_on_shelf(broken, an_entry(good))
    assert rescue.save_messages() == 1
    assert Message.by_sid(good["MessageSid"]) is not None
    assert not shelf.messages_wait()
    assert redis_client.client().lrange(shelf.SET_ASIDE, 0, -1) == [
        broken if isinstance(broken, str) else signed(broken)
    ]
    assert rescue.save_messages() == 0


def test_shelf_entry_that_this_desk_did_not_sign_is_set_aside_with_an_alarm_and_no_agent_gets_the_job(monkeypatch):
    monkeypatch.setattr(ops_webhook, "settings", lambda: changed(operations={"webhook_url": "https://ops.example.com"}))
    ada = an_agent()
    job = an_offered_job()
    yes = an_entry(an_inbound_form(phone=ada.phone, Body=f"YES {job.code}"))
    ours = signed(an_entry(an_inbound_form(phone=ada.phone, Body="hello")))
    forged = [
        json.dumps(yes),
        json.dumps({**yes, "signature": ""}),
        json.dumps({**yes, "signature": None}),
        json.dumps({**yes, "signature": "é" * 64}),
        signed(yes, "another-secret"),
        signed(yes, ""),
        ours.replace("hello", f"YES {job.code}"),
        ours.replace('"kind": "inbound"', '"kind": "receipt"'),
        "[" * 100_000,
        b"\xff\xfe",
    ]
    put_on_shelf(*forged, ours)
    assert law_readers.at_shelf(utc_now()) == []
    assert rescue.save_messages() == 1
    assert shelf.counts() == {"waiting": 0, "receipts": 0, "set_aside": len(forged)}
    assert [message.text for message in Message.objects(direction="inbound")] == ["hello"]
    handling.handle(Message.objects.get(direction="inbound").id)
    claims.settle(job.id, server_now() + timedelta(minutes=1))
    assert Job.get(job.id).status == "pending"
    [alarm] = Alarm.objects
    assert (alarm.event, "recover-inbound" in alarm.text) == ("form_set_aside", True)


def test_broken_shelf_entry_does_not_stop_the_sweep():
    a_message(phone=a_phone(), written_ago=LONG_AGO)
    put_on_shelf("{")
    sweep.sweep(utc_now())
    assert len(hinted("replies")) == 1


def test_shelf_is_kept_while_mongodb_does_not_answer(monkeypatch):
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


def test_two_rescues_at_once_save_each_message_once():
    forms = [an_inbound_form() for _ in range(10)]
    put_on_shelf(*(an_entry(form) for form in forms))
    seen_by_both = shelf.entries()
    rescue.save_messages()
    put_on_shelf(*seen_by_both)
    rescue.save_messages()
    assert Message.objects.count() == 10
