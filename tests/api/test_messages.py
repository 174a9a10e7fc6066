"""Messages: listed with every filter, and without phone numbers of clients."""

from datetime import timedelta

import pytest

from dispatch.actions.inbox import arrivals, handling
from dispatch.models import Message, Offer
from dispatch.models.base.record import utc_now
from dispatch.rules.outbox.states import MessageState
from tests.api.documented import DOCUMENT, assert_fits
from tests.builders import a_job, an_agent, an_inbound_form, an_offered_job, heard, lease
from tests.tables import each_row

ONE = DOCUMENT["paths"]["/api/messages/{message_id}"]["get"]
WHOLE = ONE["responses"]["200"]["content"]["application/json"]["schema"]
AGENT_PHONE, CLIENT_PHONE = "+2348031234567", "+2348012345678"


@pytest.fixture
def said(api):
    """An offer to an agent, the agent's YES, and a confirmation to the client; returns their job."""
    now, agent = utc_now(), an_agent(phone=AGENT_PHONE)
    job = a_job(client__client_id="c1", client__phone=CLIENT_PHONE)
    draft = {"lane": "bulk", "job": job.id, "client_id": "c1", "text": "words"}
    [offer] = Message.write([{**draft, "key": "1", "kind": "offer", "phone": AGENT_PHONE, "agent": agent.id}], now)
    heard = Message.arrive("SM" + "a" * 32, {"phone": AGENT_PHONE, "text": "YES"}, now)
    Message.understand(Message.objects.get(pk=heard), {"intent": "accept", "job": job.id, "agent": agent.id})
    [told] = Message.write([{**draft, "key": "2", "kind": "confirmed", "phone": CLIENT_PHONE}], now)
    return {"job": job, "all": [offer, heard, told]}


def listed(api, query=""):
    answer = api.get(f"/api/messages/{query}")
    assert answer.status_code == 200
    return answer.json


def test_a_listed_message_has_all_its_fields(api, said):
    told, heard, offer = listed(api)
    job_id = str(said["job"].id)
    nothing = {
        "twilio_sid": None,
        "error_code": None,
        "error": None,
        "received_at": None,
        "sent_at": None,
        "delivered_at": None,
        "read_at": None,
        "doubtful": False,
        "needs_answer": False,
    }
    assert offer == {
        **nothing,
        "id": str(said["all"][0]),
        "direction": "outbound",
        "kind": "offer",
        "job_id": job_id,
        "agent_phone": AGENT_PHONE,
        "client_id": "c1",
        "text": "words",
        "status": "queued",
        "created_at": offer["created_at"],
    }
    assert (heard["direction"], heard["job_id"], heard["agent_phone"]) == ("inbound", job_id, AGENT_PHONE)
    assert (heard["twilio_sid"], heard["text"], heard["status"]) == ("SM" + "a" * 32, "YES", "received")
    assert heard["received_at"]
    assert (told["client_id"], told["agent_phone"]) == ("c1", None)
    assert CLIENT_PHONE not in str(told)


@each_row(
    ("query", "found"),
    [
        pytest.param("", [2, 1, 0], id="all, newest first"),
        pytest.param("?job_id={job}", [2, 1, 0], id="a job"),
        pytest.param("?job_id=65f000000000000000000000", [], id="no such job"),
        pytest.param("?agent_phone=+2348031234567", [1, 0], id="an agent"),
        pytest.param("?agent_phone=%2B2348012345678", [], id="a client's phone is no agent's"),
        pytest.param("?agent_phone=%2B2348099999999", [], id="nobody's phone"),
        pytest.param("?client_id=c1", [2, 0], id="a client"),
        pytest.param("?direction=inbound", [1], id="a direction"),
        pytest.param("?direction=outbound&status=queued", [2, 0], id="a direction and a status"),
        pytest.param("?status=received&job_id={job}&agent_phone=08031234567", [1], id="several"),
        pytest.param("?page_size=1&page=3", [0], id="a page"),
    ],
)
def test_messages_are_listed(api, said, query, found):
    rows = listed(api, query.format(job=said["job"].id))
    assert [row["id"] for row in rows] == [str(said["all"][n]) for n in found]


@each_row(
    ("query", "field"),
    [
        pytest.param("job_id=nonsense", "job_id", id="no id"),
        pytest.param("job_id=%00", "job_id", id="a NUL for an id"),
        pytest.param("agent_phone=x", "agent_phone", id="no phone"),
        pytest.param("direction=sideways", "direction", id="no direction"),
        pytest.param("status=lost", "status", id="no status"),
        pytest.param("client_id=%20", "client_id", id="a blank client"),
        pytest.param("page_size=101", "page_size", id="too large a page"),
        pytest.param("kind=offer", "kind", id="an unknown parameter"),
    ],
)
def test_an_invalid_query_is_refused_with_the_parameter(api, query, field):
    answer = api.get(f"/api/messages/?{query}")
    assert answer.status_code == 422
    assert list(answer.json["errors"]) == [field]


def one(api, key):
    answer = api.get(f"/api/messages/{key}")
    assert answer.status_code == 200, answer.text
    assert_fits(answer.json, WHOLE)
    return answer.json


def test_a_message_shows_each_delivery_attempt(api):
    agent, job = an_agent(phone=AGENT_PHONE), an_offered_job()
    message = Message.objects.get()
    now = utc_now()
    Message.outcome(message.id, 1, MessageState.FAILED, now, sid="SM" + "1" * 32, error_code=63018, again_at=now)
    lease(message.id, now)
    Message.outcome(message.id, 2, MessageState.SENT, now, sid="SM" + "2" * 32)
    Message.outcome(message.id, 2, MessageState.READ, now + timedelta(seconds=3))
    told = one(api, message.id)
    [row] = listed(api)
    assert {name: told[name] for name in row} == row
    first, second = told["attempts"]
    assert (first["n"], first["state"], first["sid"], first["error_code"]) == (1, "failed", "SM" + "1" * 32, 63018)
    assert first["reached"] == {"failed": now.isoformat()}
    assert first["started_at"] <= second["started_at"] == now.isoformat()
    assert (second["state"], second["error_code"]) == ("read", None)
    assert second["reached"] == {"sent": now.isoformat(), "read": (now + timedelta(seconds=3)).isoformat()}
    assert told["offer_id"] == str(message.offer)
    assert (told["lane"], told["asks"], told["plan"], told["meaning"], told["handlings"]) == (
        "bulk",
        "yes",
        1,
        None,
        None,
    )
    assert told["key"] == f"{message.offer}:{agent.id}:offer"
    assert told["job_id"] == str(job.id)
    assert one(api, "SM" + "2" * 32) == told


def test_a_message_without_attempts_has_an_empty_list(api, said):
    told = one(api, said["all"][0])
    assert (told["attempts"], told["attempted_at"], told["not_before"], told["asks"]) == ([], None, None, None)


def test_an_inbound_message_shows_its_interpretation(api):
    agent = an_agent(phone=AGENT_PHONE)
    jobs = [an_offered_job(), an_offered_job()]
    message = heard(agent, "yes")
    assert (one(api, message.id)["meaning"], one(api, message.id)["handlings"]) == (None, 0)
    handling.handle(message.id)
    told = one(api, message.twilio_sid)
    assert (told["id"], told["status"], told["handlings"]) == (str(message.id), "handled", 1)
    assert told["meaning"] == {
        "act": "ask_back",
        "word": "yes",
        "job_id": None,
        "offer_id": None,
        "standing": None,
        "plan": None,
        "codes": told["meaning"]["codes"],
        "wanted": "yes",
    }
    assert sorted(told["meaning"]["codes"]) == sorted(job.code for job in jobs)
    assert (told["attempts"], told["lane"], told["key"]) == ([], None, None)
    claim = heard(agent, f"yes {jobs[0].code}")
    handling.handle(claim.id)
    meaning = one(api, claim.id)["meaning"]
    offer = Offer.objects.get(job=jobs[0].id)
    assert (meaning["act"], meaning["job_id"], meaning["offer_id"]) == ("claim", str(jobs[0].id), str(offer.id))
    assert (meaning["standing"], meaning["plan"], meaning["codes"]) == ("offered", 1, [])


def test_a_clients_message_shows_no_phone_number(api, said):
    form = an_inbound_form(phone=CLIENT_PHONE, Body="When do you come?")
    arrivals.save(form)
    message = Message.by_sid(form["MessageSid"])
    handling.handle(message.id)
    told = one(api, message.id)
    assert (told["client_id"], told["agent_phone"], told["meaning"]["word"]) == ("c1", None, "unknown")
    for key in (message.id, said["all"][2]):
        assert CLIENT_PHONE not in str(one(api, key))
        assert CLIENT_PHONE.lstrip("+") not in str(one(api, key))


@each_row("key", ["65f000000000000000000000", "SM" + "f" * 32, "nonsense", "%00", "x" * 3000])
def test_an_unknown_message_is_answered_404(api, said, key):
    answer = api.get(f"/api/messages/{key}")
    assert (answer.status_code, answer.json["message"]) == (404, "There is no such message.")
