"""Clients: shown and changed, also in their open jobs; an opt-out is kept."""

from datetime import timedelta

import pytest

from dispatch.actions.people import decisions, silences
from dispatch.models import Client, Job
from dispatch.models.base.record import utc_now
from tests.builders import a_job, an_agent, changed
from tests.tables import each_row

PUT = {"name": "Jane Doe", "phone": "0801 234 5679", "email": "jane@example.com"}


@pytest.fixture
def client(api):
    """A client with a job."""
    a_job(client__client_id="c 1", client__name="John Doe", client__phone="+2348012345678")
    return Client.known("c 1")


def test_a_client_is_shown_with_the_data_of_the_job(api, client):
    shown = api.get("/api/clients/c%201").json
    assert shown == {
        "client_id": "c 1",
        "name": "John Doe",
        "phone": "+2348012345678",
        "email": "john@example.com",
        "language": None,
        "opted_out": False,
        "unreachable": False,
        "created_at": client.created_at.isoformat(),
        "updated_at": client.updated_at.isoformat(),
        "consents": [
            {
                "at": client.created_at.isoformat(),
                "what": "in",
                "how": "platform",
                "message": None,
                "word": None,
                "code": None,
            }
        ],
    }


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_put_and_patch_change_a_client(api, client, method):
    answer = api.open("/api/clients/c%201/", method=method, json=PUT)
    assert answer.status_code == 200
    shown = answer.json
    assert {name: shown[name] for name in PUT} == {**PUT, "phone": "+2348012345679"}
    assert (shown["client_id"], shown["created_at"]) == ("c 1", client.created_at.isoformat())
    assert shown["updated_at"] > client.updated_at.isoformat()
    assert api.get("/api/clients/c%201").json == shown


@each_row("method", ["PUT", "PATCH"])
@each_row("field", ["name", "phone", "email", "language"])
def test_change_of_one_field_of_a_client_keeps_the_others(api, client, method, field):
    api.put("/api/clients/c%201", json={**PUT, "language": "fr"})
    before = api.get("/api/clients/c%201").json
    given = {**PUT, "name": "Zoe", "phone": "+2348012345670", "email": "z@x.io", "language": "pt"}[field]
    answer = api.open("/api/clients/c%201", method=method, json={field: given})
    new = {name: answer.json[name] for name in ("updated_at", *(["consents"] if field == "phone" else []))}
    assert answer.json == {**before, field: given, **new}


@each_row("method", ["PUT", "PATCH"])
@each_row(("field", "status"), [("email", 200), ("language", 200), ("name", 422), ("phone", 422)])
def test_null_clears_a_field_of_a_client_that_is_not_required(api, client, method, field, status):
    api.put("/api/clients/c%201", json={**PUT, "language": "fr"})
    before = api.get("/api/clients/c%201").json
    answer = api.open("/api/clients/c%201", method=method, json={field: None})
    assert answer.status_code == status
    after = api.get("/api/clients/c%201").json
    if status == 422:
        assert (list(answer.json["errors"]), after) == ([field], before)
        return
    assert after == {**before, field: None, "updated_at": after["updated_at"]}
    assert field not in Job.objects.get().client_details


def test_open_jobs_show_the_new_details_and_closed_ones_the_old(api, client):
    closed, open_ = Job.objects.get(), a_job(client__client_id="c 1")
    others = a_job(client__client_id="c 2")
    Job.objects(pk=closed.id).update(status="completed")
    before = api.get(f"/api/jobs/{closed.id}").json
    assert api.put("/api/clients/c%201", json={**PUT, "client_id": "c 1"}).status_code == 200
    assert api.get(f"/api/jobs/{open_.id}").json["client_details"] == {
        **PUT,
        "phone": "+2348012345679",
        "client_id": "c 1",
    }
    assert api.get(f"/api/jobs/{closed.id}").json == before
    assert api.get(f"/api/jobs/{others.id}").json["client_details"]["name"] == "John Doe"


def test_put_keeps_a_clients_opt_out(api, client):
    a_job(client__client_id="c 2", client__phone=client.phone)
    decisions.opt_out(client.phone, utc_now())
    assert api.put("/api/clients/c%201", json={**PUT, "phone": client.phone}).json["opted_out"] is True
    assert api.get("/api/clients/c%202").json["opted_out"] is True


def test_a_second_stop_keeps_the_time_of_the_first(client):
    first = utc_now()
    for later in (0, 5):
        decisions.opt_out(client.phone, first + timedelta(minutes=later))
    now = silences.as_it_is(Client.known("c 1"))
    assert (now.opted_out_at, [each["what"] for each in now.consents]) == (first, ["in", "out"])


def test_a_new_client_with_an_opted_out_number_is_opted_out(api, client):
    decisions.opt_out(client.phone, utc_now())
    a_job(client__client_id="c 2", client__phone=client.phone)
    assert api.get("/api/clients/c%202").json["opted_out"] is True


@each_row(
    ("changes", "field"),
    [
        pytest.param({"name": None}, "name", id="a name of null"),
        pytest.param({"name": "\u2800"}, "name", id="an invisible name"),
        pytest.param({"phone": "nobody"}, "phone", id="no phone number"),
        pytest.param({"email": "jane"}, "email", id="no email"),
        pytest.param({"client_id": "c 2"}, "client_id", id="another's id"),
        pytest.param({"client_id": None}, "client_id", id="an id of null"),
        pytest.param({"client_id": " "}, "client_id", id="a blank id"),
        pytest.param({"opted_out": False}, "opted_out", id="what is not the platform's to say"),
    ],
)
def test_an_invalid_body_is_refused_with_the_field_and_changes_nothing(api, client, changes, field):
    answer = api.put("/api/clients/c%201", json=changed(dict(PUT), changes))
    assert answer.status_code == 422
    assert list(answer.json["errors"]) == [field]
    assert Client.known("c 1") == client
    assert Client.known("c 1").name == "John Doe"


@pytest.mark.parametrize("method", ["get", "put", "patch"])
def test_an_unknown_client_is_answered_404(api, client, method):
    an_agent()
    answer = api.open("/api/clients/c", method=method.upper(), json=None if method == "get" else PUT)
    assert (answer.status_code, answer.json["errors"]) == (404, {})
    assert Client.objects.count() == 1
