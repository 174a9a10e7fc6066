"""Undocumented input is refused by name: in a query, in a body, or given twice."""

import pytest

from dispatch.models import Job, Message
from tests.api.documented import Operation, operations
from tests.api.standing import a_job_after
from tests.tables import each_row

EVERY = [pytest.param(each, id=each.name) for each in operations() if each.path.startswith("/api/")]
BODILESS = [
    pytest.param(each, id=each.name) for each in operations() if each.path.startswith("/api/") and not each.body
]


@pytest.fixture
def named(api):
    """Return the ids for path parameters."""
    agent, job = a_job_after("YES")
    return {
        "job_id": job.id,
        "key": agent.id,
        "client_id": job.client_id,
        "property_id": job.property_id,
        "agent_phone": agent.phone,
        "agent": agent.agent_id,
        "message_id": Message.objects.first().id,
    }


@each_row("operation", EVERY)
@each_row("query", ["dry_run=true", "dry_run=", "dry_run=1&dry_run=2", "DRY_RUN", "%00"])
def test_an_undocumented_parameter_is_refused(api, named, operation: Operation, query):
    before = Job.objects.get().timeline
    body = {"json": operation.body["example"]} if operation.body else {}
    answer = api.open(f"{operation.path.format(**named)}?{query}", method=operation.method.upper(), **body)
    name = query.partition("=")[0].replace("%00", "\0")
    assert (answer.status_code, list(answer.json["errors"])) == (422, [name])
    assert Job.objects.get().timeline == before
    assert "422" in operation.says["responses"]


@each_row("operation", BODILESS)
@each_row(
    ("body", "content_type"),
    [
        pytest.param('{"reason": "x"}', "application/json", id="a field"),
        pytest.param("[]", "application/json", id="an array"),
        pytest.param("{garbage", "application/json", id="nonsense"),
        pytest.param("a=b", "application/x-www-form-urlencoded", id="a form"),
        pytest.param(" ", None, id="a blank"),
    ],
)
def test_a_body_where_none_is_documented_is_refused(api, named, operation: Operation, body, content_type):
    before = Job.objects.get()
    path = operation.path.format(**named)
    answer = api.open(path, method=operation.method.upper(), data=body, content_type=content_type)
    assert (answer.status_code, list(answer.json["errors"])) == (422, ["body"])
    assert Job.objects.get() == before


def test_an_empty_json_body_is_accepted_where_none_is_documented(api, named):
    assert api.post(f"/api/jobs/{named['job_id']}/approve_schedule", json={}).json["status"] == "approved"


def test_public_routes_ignore_undocumented_parameters(anybody):
    for path in ("/", "/health", "/openapi.json"):
        assert anybody.get(f"{path}?probe=1&probe=2").status_code == 200


def test_an_options_request_with_parameters_is_answered(api, named):
    assert api.options(f"/api/jobs/{named['job_id']}?x=1").status_code == 200
    assert api.head("/api/jobs/?page=1").status_code == 200
    assert api.head(f"/api/jobs/{named['job_id']}?x=1").status_code == 422
