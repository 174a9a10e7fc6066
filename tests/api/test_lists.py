"""Lists: stable pages, both orders, filters by change and by owner, and no deleted rows."""

import json
import secrets
from datetime import timedelta
from urllib.parse import quote

import pytest

from dispatch.models import Agent, Job, Message, Offer
from dispatch.models.base.record import utc_now
from dispatch.rules.jobs.attention import Reason
from tests.builders import a_job, an_agent
from tests.tables import each_row

AGENT_PHONE = "+2348031234567"
NOBODY = "+2348099999999"
OF_AGENT, OF_CLIENT, OF_PROPERTY = (
    f"/api/jobs/{whose}/jobs" for whose in (f"agent/{AGENT_PHONE}", "client/c/1", "property/p%201")
)


def the_agents_job():
    job = a_job(client__client_id="c/1", property__property_id="p 1")
    Job.objects(pk=job.id).update(agent=Agent.by_phone(AGENT_PHONE).id)
    return job.id


def an_offer():
    return Offer.make(Job.objects.order_by("id").first().id, 1, 1, [an_agent().id], utc_now())[0].id


def a_message():
    return Message.arrive("SM" + secrets.token_hex(16), {"phone": AGENT_PHONE, "text": "YES"}, utc_now())


#: Every list, and a function that creates a row of it.
LISTS = {
    "/api/jobs/": the_agents_job,
    OF_AGENT: the_agents_job,
    OF_CLIENT: the_agents_job,
    OF_PROPERTY: the_agents_job,
    "/api/jobs/{job}/offers": an_offer,
    "/api/agents/": lambda: an_agent().id,
    "/api/messages/": a_message,
}
LISTS_OF_JOBS = ["/api/jobs/", OF_AGENT, OF_CLIENT, OF_PROPERTY]
each_list = pytest.mark.parametrize("path", LISTS)
each_list_of_jobs = pytest.mark.parametrize("path", LISTS_OF_JOBS)


@pytest.fixture
def platform(api):
    """The platform's client, with an agent and their job."""
    an_agent(phone=AGENT_PHONE)
    the_agents_job()
    return api


def listed(api, path, **query):
    answer = api.get(path.format(job=Job.objects.order_by("id").first().id), query_string=query)
    assert answer.status_code == 200, answer.json
    return [row["id"] for row in answer.json], json.loads(answer.headers["X-Pagination"])["next_page"]


@each_list
def test_rows_are_sorted_newest_or_oldest_first(platform, path):
    made = [str(LISTS[path]()) for _ in range(3)]
    oldest_first, _ = listed(platform, path, sort="created_at")
    assert oldest_first[-3:] == made
    assert listed(platform, path, sort="-created_at")[0] == oldest_first[::-1]
    assert listed(platform, path)[0] == oldest_first[::-1]
    assert listed(platform, path, sort="created_at", page_size=2, page=2)[0] == oldest_first[2:4]


@each_list
def test_oldest_first_no_row_is_missed_or_repeated_while_rows_are_added(platform, path):
    for _ in range(5):
        LISTS[path]()
    pages, page = [], 1
    while page:
        rows, page = listed(platform, path, sort="created_at", page_size=2, page=page)
        pages.append(rows)
        LISTS[path]()
    everything, _ = listed(platform, path, sort="created_at", page_size=100)
    walked = [row for rows in pages for row in rows]
    assert len(pages) > 3
    assert walked == everything[: len(walked)]
    for n, rows in enumerate(pages[:-1], start=1):
        assert listed(platform, path, sort="created_at", page_size=2, page=n)[0] == rows


@each_list
@pytest.mark.parametrize("sort", ["created_at", "-created_at"])
def test_after_a_row_no_row_is_missed_or_repeated_while_rows_are_removed(platform, path, sort):
    """Each page is requested `after` the last row of the page before, and all rows of that page are removed then."""
    for _ in range(5):
        LISTS[path]()
    everything, _ = listed(platform, path, sort=sort)
    walked = []
    while rows := listed(platform, path, sort=sort, page_size=2, **({"after": walked[-1]} if walked else {}))[0]:
        walked += rows
        for document in (Agent, Message, Offer):
            document.objects(pk__in=rows).delete()
        Job.objects(pk__in=rows[:-1]).update(deleted_at=utc_now())
    assert walked == everything
    assert len(everything) > 4


@each_list
def test_a_list_is_answered_with_and_without_final_slash(platform, path):
    LISTS[path]()
    assert listed(platform, path.rstrip("/")) == listed(platform, path.rstrip("/") + "/")
    assert listed(platform, path)[0]
    for slash in ("", "/"):
        assert platform.delete(path.rstrip("/") + slash).status_code == 405


@pytest.mark.parametrize("path", ["/api/agents/", *LISTS_OF_JOBS])
@pytest.mark.parametrize(
    "written",
    [
        pytest.param("2027-01-15T14:00:00%2B01:00", id="a plus, escaped"),
        pytest.param("2027-01-15T14:00:00+01:00", id="a plus that arrives as a blank"),
        pytest.param("2027-01-15T14:00+01:00", id="without seconds"),
        pytest.param("2027-01-15T08:00:00-05:00", id="west of Greenwich"),
        pytest.param("2027-01-15T13:00:00Z", id="UTC"),
        pytest.param("2027-01-15T12:59:59.9990001Z", id="fractions of a second"),
    ],
)
def test_updated_since_filters_by_the_time_of_change(platform, path, written):
    before, at, after = (str(LISTS[path]()) for _ in range(3))
    document = Agent if "agents" in path else Job
    moment = utc_now().replace(year=2027, month=1, day=15, hour=13, minute=0, second=0, microsecond=0)
    document.objects(pk=before).update(updated_at=moment - timedelta(milliseconds=1))
    document.objects(pk=at).update(updated_at=moment)
    document.objects(pk=after).update(updated_at=moment + timedelta(days=1))
    answer = platform.get(f"{path}?updated_since={written}&sort=created_at")
    assert answer.status_code == 200, answer.json
    rows = [row["id"] for row in answer.json]
    assert rows[-2:] == [at, after]
    assert before not in rows or ".999" in written


@each_row("path", ["/api/agents/", *LISTS_OF_JOBS])
@each_row(
    "query",
    [
        pytest.param("updated_since=2027-01-15T14:00:00", id="a moment without an offset"),
        pytest.param("updated_since=2027-01-15", id="a date"),
        pytest.param("updated_since=2027-02-30T14:00:00Z", id="no such day"),
        pytest.param("updated_since=2027-01-15T14:00:00%2B99:00", id="no such offset"),
        pytest.param("updated_since=0000-01-15T14:00:00Z", id="no such year"),
        pytest.param("updated_since=2027-W03-5T14:00:00Z", id="a week's day"),
        pytest.param("updated_since=%D9%A2027-01-15T14:00:00Z", id="other digits"),
        pytest.param("updated_since=yesterday", id="nonsense"),
        pytest.param("updated_since=", id="a blank moment"),
        pytest.param("updated_since=%00", id="a NUL"),
        pytest.param("page=1_0", id="Python's digits"),
        pytest.param("page=%2B1", id="a plus"),
        pytest.param("page=%EF%BC%91", id="digits of full width"),
        pytest.param("page_size=%D9%A2", id="Arabic digits"),
        pytest.param("page=" + "9" * 5000, id="more digits than Python reads"),
        pytest.param("page=1&page=2", id="two pages"),
        pytest.param("after=%2B2348031234567", id="after no id"),
        pytest.param("after=", id="after nothing"),
        pytest.param("sort=updated_at", id="another order"),
        pytest.param("sort=", id="no order"),
    ],
)
def test_an_invalid_query_is_refused_with_the_parameter(platform, path, query):
    answer = platform.get(f"{path}?{query}")
    assert answer.status_code == 422
    assert list(answer.json["errors"]) == [query.partition("=")[0]]


@each_list_of_jobs
def test_attention_filters_jobs_for_operations(platform, path):
    [calm], _ = listed(platform, path)
    alarming = [str(the_agents_job()) for _ in range(2)]
    for job, reason in zip(alarming, (Reason.NO_AGENT, Reason.UNCONFIRMED), strict=True):
        Job.objects(pk=job).update(attention=reason.value, attention_since=utc_now())
    assert listed(platform, path, attention="true")[0] == alarming[::-1]
    assert listed(platform, path, attention="true", sort="created_at", status="pending")[0] == alarming
    assert listed(platform, path, attention="false")[0] == [calm]
    assert listed(platform, path, attention="unconfirmed")[0] == [alarming[1]]
    assert listed(platform, path, attention="unconfirmed", status="pending")[0] == [alarming[1]]
    for neither in ("True", "1", "yes", "", "none"):
        answer = platform.get(path, query_string={"attention": neither})
        assert (answer.status_code, list(answer.json["errors"])) == (422, ["attention"])


@each_list_of_jobs
def test_status_filters_every_list_of_jobs(platform, path):
    pending, completed = listed(platform, path)[0][0], str(the_agents_job())
    Job.objects(pk=completed).update(status="completed")
    assert listed(platform, path, status="completed")[0] == [completed]
    assert listed(platform, path, status="pending")[0] == [pending]


@pytest.mark.parametrize("path", [OF_AGENT, OF_CLIENT, OF_PROPERTY])
def test_jobs_of_an_agent_client_or_property_are_listed(platform, path):
    [own], _ = listed(platform, path)
    a_job()
    assert listed(platform, path)[0] == [own]
    assert listed(platform, "/api/jobs/")[0][1:] == [own]


@each_row(
    "written",
    [
        pytest.param("+2348031234567", id="a plus"),
        pytest.param("%2B2348031234567", id="a plus, escaped"),
        pytest.param("%202348031234567", id="a blank that was a plus"),
        pytest.param("08031234567", id="as people dial it"),
        pytest.param("0803-123-4567", id="as people write it"),
    ],
)
def test_an_agents_number_in_a_path_may_be_written_in_several_ways(platform, written):
    rows, _ = listed(platform, f"/api/jobs/agent/{written}/jobs")
    assert len(rows) == 1


@each_row(
    ("path", "status"),
    [
        pytest.param(f"agent/{NOBODY}", 404, id="nobody's number"),
        pytest.param("agent/nobody", 422, id="no number"),
        pytest.param("agent/%00", 422, id="a NUL for a number"),
        pytest.param("client/nobody", 404, id="no client"),
        pytest.param("client/c", 404, id="the beginning of a client's id"),
        pytest.param("client/%00", 422, id="a NUL for a client"),
        pytest.param("client/" + "x" * 101, 422, id="too long an id"),
        pytest.param("property/nothing", 404, id="no property"),
    ],
)
def test_jobs_of_an_unknown_agent_client_or_property_are_refused(platform, path, status):
    answer = platform.get(f"/api/jobs/{path}/jobs")
    assert answer.status_code == status
    assert len(answer.json["errors"]) == (status == 422)


@each_row(
    "id_", ["c/1", "a//b/jobs", "jobs", "agents", "a?b=c&d#e", "100% Ünï çôdé 🏠", "+234", "a+b", "'\"$ne{}", "x" * 100]
)
def test_any_platform_id_works_in_a_path(platform, id_):
    job = a_job(client__client_id=id_, property__property_id=id_)
    for whose in ("client", "property"):
        rows, _ = listed(platform, f"/api/jobs/{whose}/{quote(id_, safe='')}/jobs")
        assert rows[0] == str(job.id)
        shown = platform.get(f"/api/{'clients' if whose == 'client' else 'properties'}/{quote(id_, safe='')}")
        assert shown.json[f"{whose}_id"] == id_


def test_a_deleted_job_is_in_no_list(platform):
    job = Job.objects.get()
    an_offer()
    Job.objects(pk=job.id).update(status="cancelled", deleted_at=utc_now())
    for path in ("", "/timeline", "/offers", "/timers", f"/agents/{AGENT_PHONE}"):
        assert platform.get(f"/api/jobs/{job.id}{path}").status_code == 404
    for path in LISTS_OF_JOBS:
        for query in ({}, {"status": "cancelled"}, {"updated_since": "2020-01-01T00:00:00Z"}, {"attention": "false"}):
            assert listed(platform, path, **query)[0] == []


def test_a_deleted_agent_is_in_no_list(platform):
    agent, other = Agent.by_phone(AGENT_PHONE), an_agent()
    Agent.remove(agent.id, utc_now())
    for query in ({}, {"updated_since": "2020-01-01T00:00:00Z"}):
        assert listed(platform, "/api/agents/", **query)[0] == [str(other.id)]
    assert listed(platform, "/api/agents/", status="inactive")[0] == []
    assert platform.get(OF_AGENT).status_code == 404
