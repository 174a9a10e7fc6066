"""Messages: what was said, narrowed down in every way, with no client's phone in it."""

import pytest

from dispatch.models import Message
from dispatch.models.record import utc_now
from tests.builders import a_job, an_agent

AGENT_PHONE, CLIENT_PHONE = "+2348031234567", "+2348012345678"


@pytest.fixture
def said(api):
    """An offer to an agent, the agent's YES, and a confirmation to the client; the job they are about."""
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


def test_a_message_tells_all_of_itself(api, said):
    told, heard, offer = listed(api)
    job_id = str(said["job"].id)
    nothing = {"twilio_sid": None, "error_code": None, "received_at": None, "sent_at": None, "delivered_at": None,
               "read_at": None}  # fmt: skip
    assert offer == {
        **nothing, "id": str(said["all"][0]), "direction": "outbound", "kind": "offer", "job_id": job_id,
        "agent_phone": AGENT_PHONE, "client_id": "c1", "text": "words", "status": "queued",
        "created_at": offer["created_at"],
    }  # fmt: skip
    assert (heard["direction"], heard["job_id"], heard["agent_phone"]) == ("inbound", job_id, AGENT_PHONE)
    assert (heard["twilio_sid"], heard["text"], heard["status"]) == ("SM" + "a" * 32, "YES", "received")
    assert heard["received_at"]
    assert (told["client_id"], told["agent_phone"]) == ("c1", None)
    assert CLIENT_PHONE not in str(told)


@pytest.mark.parametrize(
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


@pytest.mark.parametrize(
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
def test_a_bad_query_names_its_parameter(api, query, field):
    answer = api.get(f"/api/messages/?{query}")
    assert answer.status_code == 422
    assert list(answer.json["errors"]) == [field]
