"""Agents: created, shown by either id, changed, each with a unique phone number."""

from datetime import timedelta
from typing import Any

import pytest

from dispatch.actions.people import decisions, silences
from dispatch.models import Agent, Offer
from dispatch.models.base.record import utc_now
from tests.builders import LEFT_OUT, a_job, an_agent, an_agent_body

FULL = {
    "agent_id": "agent_007",
    "name": "Ada Obi",
    "phone": "+2348031234567",
    "email": "ada@example.com",
    "status": "suspended",
    "zone": "Lekki",
    "specializations": ["Apartment"],
    "experience_years": 4,
    "rating": 4.8,
    "total_inspections": 120,
    "languages": ["English", "Yoruba"],
}
DEFAULTS: dict[str, Any] = {
    "email": None,
    "status": "active",
    "zone": None,
    "specializations": [],
    "experience_years": None,
    "rating": None,
    "total_inspections": 0,
    "languages": [],
}


def test_an_agent_is_created_with_all_fields(api):
    answer = api.post("/api/agents/", json=FULL)
    assert answer.status_code == 201
    assert {name: answer.json[name] for name in FULL} == FULL
    assert answer.json["opted_out"] is False
    assert answer.headers["Location"] == f"/api/agents/{answer.json['id']}"
    assert api.get(answer.headers["Location"]).json == answer.json
    assert api.get("/api/agents/agent_007").json == answer.json


def test_a_new_agent_has_an_opt_in_by_the_platform(api):
    made = api.post("/api/agents/", json=FULL).json
    said = {"message": None, "word": None, "code": None}
    assert made["consents"] == [{"at": made["created_at"], "what": "in", "how": "platform", **said}]
    assert made["paused_until"] is None


def test_an_agent_created_before_consents_existed_has_an_empty_list(api):
    agent = an_agent()
    assert api.get(f"/api/agents/{agent.id}").json["consents"] == []


def test_name_and_phone_are_enough_for_an_agent(api):
    answer = api.post("/api/agents/", json={"name": " Ada ", "phone": "0803 123 4567"})
    assert answer.status_code == 201
    assert {name: answer.json[name] for name in DEFAULTS} == DEFAULTS
    assert (answer.json["name"], answer.json["phone"]) == ("Ada", "+2348031234567")
    assert api.get(f"/api/agents/{answer.json['agent_id']}").json == answer.json


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_put_and_patch_change_what_they_name_of_an_agent(api, method):
    made = api.post("/api/agents/", json=FULL).json
    given = {"name": "Ada", "phone": "+2348031234568", "languages": ["Igbo"]}
    answer = api.open("/api/agents/agent_007", method=method, json=given)
    assert answer.status_code == 200
    new = {name: answer.json[name] for name in ("updated_at", "consents")}  # another number has a consent of its own
    assert answer.json == {**made, **given, **new}
    assert answer.json["updated_at"] > made["updated_at"]
    assert api.get(f"/api/agents/{made['id']}").json == answer.json


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_null_clears_a_field_of_an_agent(api, method):
    made = api.post("/api/agents/", json=FULL).json
    cleared = {name: value for name, value in DEFAULTS.items() if name != "status"}
    answer = api.open("/api/agents/agent_007", method=method, json=dict.fromkeys(cleared))
    assert answer.json == {**made, **cleared, "updated_at": answer.json["updated_at"]}


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
@pytest.mark.parametrize("field", ["name", "phone", "status", "agent_id"])
def test_required_field_of_an_agent_can_not_be_cleared(api, method, field):
    agent = an_agent()
    for nothing in (None, "\u200b", " "):
        answer = api.open(f"/api/agents/{agent.id}", method=method, json={field: nothing, "zone": "Yaba"})
        assert (answer.status_code, list(answer.json["errors"])) == (422, [field])
    assert Agent.must_get(agent.id) == agent
    assert Agent.must_get(agent.id).zone is None


@pytest.mark.parametrize("body", [{}, None])
def test_change_that_names_nothing_changes_nothing_of_an_agent(api, body):
    made = api.post("/api/agents/", json=FULL).json
    answer = api.put("/api/agents/agent_007", **({} if body is None else {"json": body}))
    assert answer.json == {**made, "updated_at": answer.json["updated_at"]}


def test_status_before_a_stop_is_kept_when_the_platform_changes_other_fields(api):
    agent = an_agent()
    decisions.opt_out(agent.phone, utc_now())
    assert api.patch(f"/api/agents/{agent.id}", json={"zone": "Yaba"}).json["status"] == "inactive"
    decisions.opt_in(agent.phone, utc_now())
    assert Agent.must_get(agent.id).is_active


@pytest.mark.parametrize(("field", "reachable"), [("zone", False), ("phone", True)])
def test_unreachable_agent_is_tried_again_when_the_number_is_sent(api, field, reachable):
    agent = an_agent(zone="Lekki")
    decisions.set_unreachable(agent.phone, 63024, utc_now(), utc_now())
    answer = api.put(f"/api/agents/{agent.id}", json={field: agent[field]})
    assert answer.json["unreachable"] is not reachable


def test_put_may_give_an_agent_another_agent_id(api):
    agent = an_agent()
    assert api.put(f"/api/agents/{agent.id}", json=an_agent_body(agent_id="new")).status_code == 200
    assert api.get("/api/agents/new").json["id"] == str(agent.id)
    assert api.get(f"/api/agents/{agent.agent_id}").status_code == 404


@pytest.mark.parametrize("status", ["active", "inactive", "suspended"])
def test_a_second_stop_keeps_the_time_of_the_first(status, stores_clean):
    agent, first = an_agent(status=status), utc_now()
    for later in (0, 5):
        decisions.opt_out(agent.phone, first + timedelta(minutes=later))
    now = silences.as_it_is(Agent.must_get(agent.id))
    assert (now.opted_out_at, [each["what"] for each in now.consents]) == (first, ["out"])


def test_put_keeps_an_agents_opt_out(api):
    agent = an_agent()
    decisions.opt_out(agent.phone, utc_now())
    answer = api.put(f"/api/agents/{agent.id}", json=an_agent_body(status="active", phone=agent.phone))
    assert (answer.json["status"], answer.json["opted_out"]) == ("active", True)
    assert not Agent.objects.get(pk=agent.id).is_active


def test_suspending_an_agent_ends_their_offers(api):
    agent, job = an_agent(), a_job()
    Offer.make(job.id, 1, 1, [agent.id], utc_now())
    api.put(f"/api/agents/{agent.id}", json=an_agent_body(status="suspended"))
    assert Offer.objects.get().state not in ("open", "claimed")


@pytest.mark.parametrize("field", ["phone", "agent_id"])
def test_a_phone_or_agent_id_of_another_agent_is_refused(api, field):
    other, agent = an_agent(), an_agent()
    before = api.get(f"/api/agents/{agent.id}").json
    for answer in (
        api.post("/api/agents/", json=an_agent_body(**{field: other[field]})),
        api.put(f"/api/agents/{agent.id}", json=an_agent_body(**{field: other[field]})),
    ):
        assert answer.status_code == 409
        assert list(answer.json["errors"]) == [field]
    assert api.get(f"/api/agents/{agent.id}").json == before
    assert Agent.objects.count() == 2


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        pytest.param({"name": "\u3164\u200b"}, "name", id="an invisible name"),
        pytest.param({"name": "x" * 201}, "name", id="a long name"),
        pytest.param({"name": "a\0"}, "name", id="a NUL"),
        pytest.param({"phone": "nobody"}, "phone", id="no phone number"),
        pytest.param({"phone": None}, "phone", id="a phone of null"),
        pytest.param({"agent_id": "a/b"}, "agent_id", id="a slash in the agent_id"),
        pytest.param({"agent_id": ".."}, "agent_id", id="a path for an agent_id"),
        pytest.param({"agent_id": ""}, "agent_id", id="a blank agent_id"),
        pytest.param({"agent_id": "x\n"}, "agent_id", id="a line break in the agent_id"),
        pytest.param({"agent_id": "65f0c0ffee65F0C0FFEE0001"}, "agent_id", id="an agent_id like an id of ours"),
        pytest.param({"email": "ada"}, "email", id="no email"),
        pytest.param({"status": "busy"}, "status", id="no such status"),
        pytest.param({"status": None}, "status", id="a status of null"),
        pytest.param({"rating": 5.1}, "rating", id="more than five stars"),
        pytest.param({"rating": "5"}, "rating", id="stars of text"),
        pytest.param({"experience_years": -1}, "experience_years", id="negative years"),
        pytest.param({"total_inspections": 1.5}, "total_inspections", id="half an inspection"),
        pytest.param({"total_inspections": 10**400}, "total_inspections", id="absurdly many"),
        pytest.param({"languages": "English"}, "languages", id="languages of text"),
        pytest.param({"languages": ["x"] * 51}, "languages", id="too many languages"),
        pytest.param({"opted_out": False}, "opted_out", id="what is not the platform's to say"),
        pytest.param({"_id": 1}, "_id", id="an unknown field"),
    ],
)
def test_an_invalid_body_is_refused_with_the_field(api, changes, field):
    agent = an_agent()
    for answer in (
        api.post("/api/agents/", json=an_agent_body(**changes)),
        api.put(f"/api/agents/{agent.id}", json=an_agent_body(**changes)),
    ):
        assert answer.status_code == 422
        assert list(answer.json["errors"]) == [field]
    assert Agent.objects.get().updated_at == Agent.objects.get(pk=agent.id).created_at


@pytest.mark.parametrize("field", ["name", "phone"])
def test_new_agent_needs_a_name_and_a_phone(api, field):
    answer = api.post("/api/agents/", json=an_agent_body(**{field: LEFT_OUT}))
    assert (answer.status_code, list(answer.json["errors"])) == (422, [field])


@pytest.mark.parametrize(
    ("query", "found"),
    [
        pytest.param("", [2, 1, 0], id="all, newest first"),
        pytest.param("?status=active", [2, 0], id="a status"),
        pytest.param("?page=2&page_size=2", [0], id="a page"),
    ],
)
def test_agents_are_listed(api, query, found):
    agents = [an_agent(), an_agent(status="inactive"), an_agent()]
    assert [row["id"] for row in api.get(f"/api/agents/{query}").json] == [str(agents[n].id) for n in found]
