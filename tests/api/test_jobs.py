"""Jobs: created, shown, listed, and their timeline."""

import json

import pytest

from dispatch import redis_client
from dispatch.models import Client, Job, Property
from dispatch.models.base.record import object_id, utc_now
from dispatch.rules.jobs.states import JobState
from tests.builders import a_job, a_job_body, an_agent
from tests.tables import each_row


def assigned(job, agent):
    cause = object_id("65f000000000000000000001")
    return Job.move(job.id, JobState.ASSIGNED, utc_now(), change={"agent": agent.id}, agent=agent.id, cause=cause)


def ids(answer):
    return [row["id"] for row in answer.json]


def test_a_new_job_is_saved_and_enqueued(api):
    year = utc_now().year + 1
    body = a_job_body(inspection_date=f"{year}-01-15", inspection_time="14:00")
    answer = api.post("/api/jobs/", json=body)
    assert answer.status_code == 201
    shown = answer.json
    assert answer.headers["Location"] == f"/api/jobs/{shown['id']}"
    assert api.get(answer.headers["Location"]).json == shown
    assert shown["status"] == "pending"
    assert shown["starts_at"] == f"{year}-01-15T13:00:00+00:00"
    assert shown["property_details"] == body["property"]
    assert shown["client_details"] == body["client"]
    assert shown["assigned_agent"] is None
    assert list(shown["reached"]) == ["pending"]
    assert shown["reached"]["pending"] == shown["created_at"] == shown["updated_at"]
    saved = Job.objects.get()
    assert (saved.code, saved.property_id, saved.client_id) == (
        shown["code"],
        body["property"]["property_id"],
        body["client"]["client_id"],
    )
    assert [Client.objects.get().client_id, Property.objects.get().property_id] == [saved.client_id, saved.property_id]
    assert redis_client.client().llen("broadcasting") == 1


def test_an_assigned_job_shows_its_agent_and_its_timeline(api):
    agent = an_agent()
    job = assigned(a_job(), agent)
    Job.note(job.id, "overtaken", utc_now(), agent=agent.id, seen=[utc_now(), agent.id])
    shown = api.get(f"/api/jobs/{job.id}").json
    assert (shown["status"], shown["assigned_agent"]) == ("assigned", agent.phone)
    assert list(shown["reached"]) == ["pending", "assigned"]
    opened, moved, noted = api.get(f"/api/jobs/{job.id}/timeline/").json
    assert (opened["name"], opened["to"], opened["agent_phone"], opened["facts"]) == (
        "opened",
        "pending",
        None,
        {"round": 1},
    )
    assert (moved["name"], moved["to"], moved["agent_phone"]) == ("assigned", "assigned", agent.phone)
    assert moved["cause"] == "65f000000000000000000001"
    assert moved["at"] == shown["reached"]["assigned"]
    assert (noted["name"], noted["to"], noted["agent_phone"]) == ("overtaken", None, agent.phone)
    assert noted["facts"]["seen"][1] == str(agent.id)
    assert {event["id"] for event in (opened, moved, noted)} == {
        str(event["id"]) for event in Job.objects.get().timeline
    }


@pytest.fixture
def three(api):
    """A job with an agent, and two pending jobs, one of them of the same client."""
    agent = an_agent(phone="+2348031234567")
    first = assigned(a_job(client__client_id="c 1", property__property_id="p1"), agent)
    return [first, a_job(client__client_id="c 1"), a_job()]


@each_row(
    ("query", "found"),
    [
        pytest.param("", [2, 1, 0], id="all, newest first"),
        pytest.param("?status=pending", [2, 1], id="a status"),
        pytest.param("?status=completed", [], id="a status of none"),
        pytest.param("?agent_phone=%2B2348031234567", [0], id="an agent"),
        pytest.param("?agent_phone=+2348031234567", [0], id="an agent, the plus not escaped"),
        pytest.param("?agent_phone=0803-123-4567", [0], id="an agent as people write it"),
        pytest.param("?agent_phone=%2B2348099999999", [], id="nobody's phone"),
        pytest.param("?client_id=c%201", [1, 0], id="a client"),
        pytest.param("?client_id=c+1&status=pending", [1], id="a client and a status"),
        pytest.param("?property_id=p1", [0], id="a property"),
        pytest.param("?property_id=p2", [], id="nobody's property"),
        pytest.param("?page_size=2", [2, 1], id="the first page"),
        pytest.param("?page_size=2&page=2", [0], id="the second"),
        pytest.param("?page=10000&page_size=100", [], id="far behind the last"),
    ],
)
def test_jobs_are_listed(api, three, query, found):
    answer = api.get(f"/api/jobs/{query}")
    assert answer.status_code == 200
    assert ids(answer) == [str(three[n].id) for n in found]


@each_row(
    ("page", "page_size", "next_page"),
    [
        pytest.param(1, 2, 2, id="more to come"),
        pytest.param(2, 2, None, id="the last, not full"),
        pytest.param(1, 3, None, id="the last, full"),
        pytest.param(3, 1, None, id="the last of single rows"),
        pytest.param(9, 1, None, id="beyond the last"),
    ],
)
def test_a_page_has_its_number_and_the_next_one_in_the_header(api, three, page, page_size, next_page):
    answer = api.get(f"/api/jobs/?page={page}&page_size={page_size}")
    stands = {"page": page, "page_size": page_size, "next_page": next_page}
    assert json.loads(answer.headers["X-Pagination"]) == stands


def test_a_page_has_twenty_rows_by_default(api):
    jobs = [a_job() for _ in range(21)]
    answer = api.get("/api/jobs/")
    assert ids(answer) == [str(job.id) for job in reversed(jobs[1:])]
    assert json.loads(answer.headers["X-Pagination"]) == {"page": 1, "page_size": 20, "next_page": 2}


@each_row(
    ("query", "field"),
    [
        pytest.param("status=done", "status", id="no such status"),
        pytest.param("status=", "status", id="a blank status"),
        pytest.param("agent_phone=nobody", "agent_phone", id="no phone"),
        pytest.param("agent_phone=%00", "agent_phone", id="a NUL for a phone"),
        pytest.param("client_id=%00", "client_id", id="a NUL for a client"),
        pytest.param("client_id=", "client_id", id="a blank client"),
        pytest.param("page=0", "page", id="page 0"),
        pytest.param("page=10001", "page", id="a page too far"),
        pytest.param("page=" + "9" * 5000, "page", id="a page of 5,000 digits"),
        pytest.param("page=one", "page", id="page one"),
        pytest.param("page_size=0", "page_size", id="pages of nothing"),
        pytest.param("page_size=101", "page_size", id="pages too large"),
        pytest.param("agent=x", "agent", id="an unknown parameter"),
        pytest.param("status[$ne]=x", "status[$ne]", id="an operator of MongoDB's"),
    ],
)
def test_an_invalid_query_is_refused_with_the_parameter(api, query, field):
    answer = api.get(f"/api/jobs/?{query}")
    assert answer.status_code == 422
    assert list(answer.json["errors"]) == [field]
