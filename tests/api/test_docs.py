"""The documentation: a page with nothing from elsewhere, and examples that do what they say."""

import copy
import re
from importlib.resources import files

import pytest

from dispatch.api import root
from dispatch.api.plumbing import openapi
from dispatch.models import Message
from tests.api.documented import DOCUMENT, Operation, assert_fits, operations
from tests.api.standing import a_job_after, park_everything
from tests.tables import each_row

EVERY = [pytest.param(operation, id=operation.name) for operation in operations()]
#: What its agent must have said of a job before an operation; all others do with a job just offered.
SAID = {
    "GET /api/jobs/agent/{agent_phone}/jobs": ["YES"],
    "POST /api/jobs/{job_id}/approve_schedule": ["YES"],
    "POST /api/jobs/{job_id}/complete_inspection": ["YES", "CONFIRM"],
    "POST /api/jobs/{job_id}/release": ["YES"],
}


@pytest.mark.parametrize("path", ["/docs", "/docs/"])
def test_anybody_may_read_the_page_and_all_of_it_comes_from_here(anybody, path):
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
def test_the_browser_is_told_to_ask_nobody_else(anybody, path):
    policy = dict(rule.split(" ", 1) for rule in anybody.get(path).headers["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["connect-src"] == "'self'"
    sources = {source for rule in policy.values() for source in rule.split()}
    assert sources == {"'none'", "'self'", "data:", "'unsafe-inline'"}
    assert [name for name, rule in policy.items() if "unsafe" in rule] == ["style-src"]


def test_the_page_is_swagger_ui_as_its_package_has_it(anybody):
    for name in ("swagger-ui-bundle.js", "swagger-ui.css"):
        assert anybody.get(f"/docs/{name}").data == (files("flask_swagger_ui") / "dist" / name).read_bytes()


@pytest.mark.parametrize("name", ["nothing", "..", "%2e%2e%2fdocs.py", "..%2f..%2f..%2fLICENSE", "%00", "a" * 1000])
def test_there_is_nothing_else_to_be_had(anybody, name):
    assert anybody.get(f"/docs/{name}").status_code == 404


def test_the_front_door_leads_to_it(anybody):
    assert anybody.get("/").json["links"]["docs"] == root.LINKS["docs"] == "/docs"
    for link in root.LINKS.values():
        assert anybody.get(link).status_code in (200, 401)


def test_the_key_can_be_given_in_both_ways():
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


def test_each_operation_has_a_name_of_its_own():
    names = [operation.says["operationId"] for operation in operations()]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("operation", EVERY)
def test_each_example_works(api, operation: Operation):
    """The example is sent as it stands; the answer and the answer's example are what the document says."""
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


def test_the_error_examples_are_errors():
    for name, response in DOCUMENT["components"]["responses"].items():
        for content in response["content"].values():
            assert_fits(content["example"], content["schema"])
            assert content["example"]["message"], name


def test_the_document_given_stays_as_it_was():
    """All threads share it."""
    given = copy.deepcopy(DOCUMENT)
    for item in given["paths"].values():
        for says in item.values():
            isinstance(says, dict) and says.pop("operationId")
    before = copy.deepcopy(given)
    assert openapi.complete(given) == DOCUMENT
    assert given == before


def test_what_a_post_makes_can_be_followed():
    """The links lead to every operation on what was made."""
    for path in ("/api/jobs/", "/api/agents/"):
        links = DOCUMENT["paths"][path]["post"]["responses"]["201"]["links"].values()
        led_to = {link["operationId"] for link in links}
        below = {each.says["operationId"] for each in operations() if each.path.startswith(f"{path}{{")}
        assert below
        assert below <= led_to


def _path(operation: Operation) -> str:
    """Make what the path names, and name it."""
    agent, job = a_job_after(*SAID.get(operation.name, []))
    if operation.path.endswith("/retry"):
        park_everything()
    named = {"job_id": job.id, "key": agent.id, "client_id": job.client_id, "property_id": job.property_id,
             "agent_phone": agent.phone, "agent": agent.agent_id, "message_id": Message.objects.first().id}  # fmt: skip
    return operation.path.format(**named)
