"""The front door: what this is, its health, and a document that says what the routes do."""

import tomllib
from pathlib import Path

from openapi_schema_validator import OAS30Validator

from dispatch.api import front

PROJECT = tomllib.loads(Path("pyproject.toml").read_text())["project"]


def test_it_says_what_this_is(anybody):
    answer = anybody.get("/")
    assert answer.status_code == 200
    assert answer.json["name"] == front.NAME
    assert answer.json["version"] == PROJECT["version"]
    for link in ("health", "openapi"):
        assert anybody.get(answer.json["links"][link]).status_code == 200


def test_it_is_well_when_both_stores_answer(anybody):
    answer = anybody.get("/health")
    assert (answer.status_code, answer.json) == (200, {"status": "ok", "mongodb": "ok", "redis": "ok"})


def operations(document):
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if method != "parameters":
                yield f"{method.upper()} {path}", operation


def test_every_route_of_the_platform_is_documented(app, anybody):
    documented = {name for name, _ in operations(anybody.get("/openapi.json").json)}
    served = {
        f"{method} {rule.rule.replace('<', '{').replace('>', '}')}"
        for rule in app.url_map.iter_rules()
        for method in rule.methods - {"HEAD", "OPTIONS"}
        if not rule.rule.startswith("/api/webhooks/")
    }
    assert documented == served


def test_every_status_is_documented(anybody):
    document = anybody.get("/openapi.json").json
    for name, operation in operations(document):
        assert operation["summary"], name
        statuses = set(operation["responses"])
        assert "default" not in statuses
        if name.split()[1].startswith("/api/"):
            assert {"401", "405", "500", "503"} <= statuses, name
        if "requestBody" in operation:
            assert {"400", "413", "415", "422"} <= statuses, name
            assert operation["requestBody"]["content"]["application/json"]["example"], name
        if "{" in name:
            assert "404" in statuses, name


def test_the_examples_are_what_they_are_examples_of(api):
    document = api.get("/openapi.json").json
    schemas = document["components"]["schemas"]
    examples = {
        name: op["requestBody"]["content"]["application/json"]
        for name, op in operations(document)
        if "requestBody" in op
    }
    assert set(examples) == {"POST /api/jobs/", "POST /api/agents/", "PUT /api/agents/{key}"}
    for content in examples.values():
        schema = {**schemas[content["schema"]["$ref"].rpartition("/")[2]], "components": document["components"]}
        OAS30Validator(schema).validate(content["example"])
    for name in ("POST /api/jobs/", "POST /api/agents/"):
        answer = api.post(name.split()[1], json=examples[name]["example"])
        # The job's date is the platforms' well-known example, and passes one day.
        assert answer.status_code == 201 or list(answer.json["errors"]) == ["inspection_date"], name
