"""What is not documented is refused by name, wherever it comes: in a query, in a body, twice."""

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
    """What paths name."""
    agent, job = a_job_after("YES")
    return {"job_id": job.id, "key": agent.id, "client_id": job.client_id, "property_id": job.property_id,
            "agent_phone": agent.phone, "agent": agent.agent_id,
            "message_id": Message.objects.first().id}  # fmt: skip


@each_row("operation", EVERY)
@each_row("query", ["dry_run=true", "dry_run=", "dry_run=1&dry_run=2", "DRY_RUN", "%00"])
def test_a_parameter_that_no_operation_knows(api, named, operation: Operation, query):
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
def test_a_body_that_no_operation_takes(api, named, operation: Operation, body, content_type):
    before = Job.objects.get()
    path = operation.path.format(**named)
    answer = api.open(path, method=operation.method.upper(), data=body, content_type=content_type)
    assert (answer.status_code, list(answer.json["errors"])) == (422, ["body"])
    assert Job.objects.get() == before


def test_a_client_that_always_sends_json_may_approve(api, named):
    assert api.post(f"/api/jobs/{named['job_id']}/approve_schedule", json={}).json["status"] == "approved"


def test_who_is_asked_for_no_key_takes_no_notice(anybody):
    for path in ("/", "/health", "/openapi.json"):
        assert anybody.get(f"{path}?probe=1&probe=2").status_code == 200


def test_what_a_browser_asks_beforehand_is_answered(api, named):
    assert api.options(f"/api/jobs/{named['job_id']}?x=1").status_code == 200
    assert api.head("/api/jobs/?page=1").status_code == 200
    assert api.head(f"/api/jobs/{named['job_id']}?x=1").status_code == 422
