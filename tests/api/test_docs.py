"""The documentation: a page that loads nothing from other hosts, and examples that work."""

import copy
import re
from datetime import timedelta
from importlib.resources import files

import pytest

from dispatch.api import root
from dispatch.api.plumbing import openapi
from dispatch.models import Job, Message
from dispatch.models.base.record import utc_now
from tests.api.documented import DOCUMENT, Operation, assert_fits, operations
from tests.api.standing import a_job_after, park_everything
from tests.builders import an_agent
from tests.tables import each_row

EVERY = [pytest.param(operation, id=operation.name) for operation in operations()]
#: Operation -> replies of the agent that must come before it. All other operations work with a new job.
SAID = {
    "GET /api/jobs/agent/{agent_phone}/jobs": ["YES"],
    "POST /api/jobs/{job_id}/approve_schedule": ["YES"],
    "POST /api/jobs/{job_id}/begin": ["YES", "CONFIRM"],
    "POST /api/jobs/{job_id}/complete_inspection": ["YES", "CONFIRM"],
    "POST /api/jobs/{job_id}/release": ["YES"],
    "POST /api/jobs/{job_id}/reopen_visit": ["YES", "CONFIRM", "COMPLETE"],
}
#: Each operation, and its operationId.
NAMES = {
    "GET /": "get_service_information",
    "GET /health": "get_health",
    "GET /health/detail": "get_operational_status",
    "GET /openapi.json": "get_openapi_document",
    "GET /api/agents/": "list_agents",
    "POST /api/agents/": "create_agent",
    "GET /api/agents/{key}": "get_agent",
    "PUT /api/agents/{key}": "change_agent",
    "PATCH /api/agents/{key}": "patch_agent",
    "DELETE /api/agents/{key}": "delete_agent",
    "POST /api/agents/{key}/join-code": "create_join_code",
    "POST /api/agents/{key}/retry": "retry_failed_work_of_agent",
    "GET /api/clients/{client_id}": "get_client",
    "PUT /api/clients/{client_id}": "change_client",
    "PATCH /api/clients/{client_id}": "patch_client",
    "GET /api/properties/{property_id}": "get_property",
    "GET /api/jobs/": "list_jobs",
    "POST /api/jobs/": "create_job",
    "GET /api/jobs/{job_id}": "get_job",
    "PUT /api/jobs/{job_id}": "change_job",
    "PATCH /api/jobs/{job_id}": "patch_job",
    "DELETE /api/jobs/{job_id}": "delete_job",
    "GET /api/jobs/agent/{agent_phone}/jobs": "list_jobs_of_agent",
    "GET /api/jobs/client/{client_id}/jobs": "list_jobs_of_client",
    "GET /api/jobs/property/{property_id}/jobs": "list_jobs_of_property",
    "GET /api/jobs/{job_id}/offers": "list_offers_of_job",
    "GET /api/jobs/{job_id}/timers": "list_timers_of_job",
    "GET /api/jobs/{job_id}/timeline": "list_events_of_job",
    "GET /api/jobs/{job_id}/agents/{agent}": "explain_job_for_agent",
    "POST /api/jobs/{job_id}/assign": "assign_job",
    "POST /api/jobs/{job_id}/approve_schedule": "approve_schedule",
    "POST /api/jobs/{job_id}/begin": "begin_inspection",
    "POST /api/jobs/{job_id}/end_attention": "end_attention",
    "POST /api/jobs/{job_id}/complete_inspection": "complete_inspection",
    "POST /api/jobs/{job_id}/reopen_visit": "reopen_visit",
    "POST /api/jobs/{job_id}/cancel": "cancel_job",
    "POST /api/jobs/{job_id}/release": "release_job",
    "POST /api/jobs/{job_id}/retry": "retry_failed_work_of_job",
    "GET /api/messages/": "list_messages",
    "GET /api/messages/{message_id}": "get_message",
    "POST /api/messages/{message_id}/answered": "mark_message_answered",
    "POST /api/messages/{message_id}/retry": "retry_message",
}


@pytest.mark.parametrize("path", ["/docs", "/docs/"])
def test_the_page_is_public_and_loads_nothing_from_other_hosts(anybody, path):
    page = anybody.get(path)
    assert page.status_code == 200
    named = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert {"/docs/swagger-ui-bundle.js", "/docs/swagger-ui.css", "/docs/start.js", "/openapi.json"} <= set(named)
    for asset in named:
        assert re.match(r"/(?!/)", asset)
        assert anybody.get(asset).status_code == 200, asset
    written = page.text + anybody.get("/docs/start.js").text + anybody.get("/docs/look.css").text
    assert "//" not in re.sub(r"^//.*", "", written, flags=re.MULTILINE)
    assert re.findall(r"""url\(['"]?(?!['"]?data:).{20}""", anybody.get("/docs/swagger-ui.css").text) == []


@pytest.mark.parametrize("path", ["/docs/", "/docs/start.js", "/docs/nothing"])
def test_the_content_security_policy_allows_this_host_only(anybody, path):
    policy = dict(rule.split(" ", 1) for rule in anybody.get(path).headers["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["connect-src"] == "'self'"
    sources = {source for rule in policy.values() for source in rule.split()}
    assert sources == {"'none'", "'self'", "data:", "'unsafe-inline'"}
    assert [name for name, rule in policy.items() if "unsafe" in rule] == ["style-src"]


def test_the_page_serves_swagger_ui_unchanged_from_its_package(anybody):
    for name in ("swagger-ui-bundle.js", "swagger-ui.css"):
        assert anybody.get(f"/docs/{name}").data == (files("flask_swagger_ui") / "dist" / name).read_bytes()


@pytest.mark.parametrize("name", ["nothing", "..", "%2e%2e%2fdocs.py", "..%2f..%2f..%2fLICENSE", "%00", "a" * 1000])
def test_unknown_files_of_the_page_are_answered_404(anybody, name):
    assert anybody.get(f"/docs/{name}").status_code == 404


def test_the_service_information_links_to_the_page(anybody):
    assert anybody.get("/").json["links"]["docs"] == root.LINKS["docs"] == "/docs"
    for link in root.LINKS.values():
        assert anybody.get(link).status_code in (200, 401)


def test_the_document_names_both_ways_to_send_the_key():
    schemes = DOCUMENT["components"]["securitySchemes"]
    assert {(scheme["type"], scheme.get("scheme") or scheme["name"]) for scheme in schemes.values()} == {
        ("http", "bearer"),
        ("apiKey", "X-API-Key"),
    }
    for operation in operations():
        public = operation.says.get("security", DOCUMENT["security"]) == []
        assert public is not operation.path.startswith(("/api/", "/health/")), operation.name


@each_row("operation", EVERY)
def test_each_operation_is_documented(operation: Operation):
    assert re.match(r"[A-Z].*\.$", operation.says["summary"])
    assert re.fullmatch(r"[a-z_]+", operation.says["operationId"])
    assert len(operation.says["summary"]) <= 100, "the first line only; the rest stands below it"
    assert [parameter["name"] for parameter in operation.parameters if not parameter.get("description")] == []
    (tag,) = operation.says["tags"]
    assert [each["description"] for each in DOCUMENT["tags"] if each["name"] == tag]


def test_each_operation_has_a_readable_name_of_its_own():
    """Clients are generated from these names: a change breaks them."""
    names = {operation.name: operation.says["operationId"] for operation in operations()}
    assert names == NAMES
    assert len(set(names.values())) == len(names)
    generated = re.compile(r"_by_|_id(_|$)|_key(_|$)")
    assert [name for name in names.values() if generated.search(name)] == []


@pytest.mark.parametrize("operation", EVERY)
def test_each_example_works(api, operation: Operation):
    """The example is sent unchanged. The answer and the documented example of the answer fit the schema."""
    ((status, documented),) = operation.successes.items()
    body = {"json": operation.body["example"]} if operation.body else {}
    answer = api.open(_path(operation), method=operation.method.upper(), **body)
    assert answer.status_code == status, answer.text
    assert set(documented.get("headers", {})) <= set(answer.headers.keys())
    if status == 204:
        assert (answer.data, documented.get("content")) == (b"", None)
        return
    content = documented["content"][answer.mimetype]
    assert answer.json not in ([], {}), "prepare something that the example can show"
    for shown in (answer.json, content["example"]):
        assert_fits(shown, content["schema"])
    if operation.body:
        assert_fits(operation.body["example"], operation.body["schema"])


@each_row("operation", EVERY)
def test_each_parameter_has_an_example_that_fits(operation: Operation):
    for parameter in operation.parameters:
        if parameter["in"] == "path":
            assert_fits(parameter["example"], parameter["schema"])


def test_every_error_example_fits_the_schema_of_errors():
    for name, response in DOCUMENT["components"]["responses"].items():
        for content in response["content"].values():
            assert_fits(content["example"], content["schema"])
            assert content["example"]["message"], name


def test_completing_the_document_does_not_change_the_original():
    """All threads share the original."""
    given = copy.deepcopy(DOCUMENT)
    before = copy.deepcopy(given)
    assert openapi.complete(given) == DOCUMENT
    assert given == before


def test_the_answer_to_a_post_links_to_every_operation_on_the_new_row():
    """The links name every operation on the new row."""
    for path in ("/api/jobs/", "/api/agents/"):
        links = DOCUMENT["paths"][path]["post"]["responses"]["201"]["links"].values()
        led_to = {link["operationId"] for link in links}
        below = {each.says["operationId"] for each in operations() if each.path.startswith(f"{path}{{")}
        assert below
        assert below <= led_to


def _path(operation: Operation) -> str:
    """Return the path with the ids of newly created rows."""
    agent, job = a_job_after(*SAID.get(operation.name, []))
    if operation.path.endswith("/retry"):
        park_everything()
    Message.objects.update(needs_answer=True)
    if operation.path.endswith("/begin"):
        Job.objects(pk=job.id).update(starts_at=utc_now() + timedelta(hours=1))
    if operation.path.endswith("/assign"):
        an_agent(agent_id=operation.body["example"]["agent"])
    named = {
        "job_id": job.id,
        "key": agent.id,
        "client_id": job.client_id,
        "property_id": job.property_id,
        "agent_phone": agent.phone,
        "agent": agent.agent_id,
        "message_id": Message.objects.first().id,
    }
    return operation.path.format(**named)
