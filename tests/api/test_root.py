"""Service information, health, and a complete OpenAPI document."""

import tomllib
from pathlib import Path

from dispatch.api import root

PROJECT = tomllib.loads(Path("pyproject.toml").read_text())["project"]


def test_the_service_information_has_name_version_and_links(anybody):
    answer = anybody.get("/")
    assert answer.status_code == 200
    assert answer.json["name"] == root.NAME
    assert answer.json["version"] == PROJECT["version"]
    for link in ("health", "openapi", "docs"):
        assert anybody.get(answer.json["links"][link]).status_code == 200


def test_health_is_ok_only_when_both_stores_answer(anybody):
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
        f"{method} {rule.rule.replace('path:', '').replace('<', '{').replace('>', '}')}"
        for rule in app.url_map.iter_rules()
        for method in rule.methods - {"HEAD", "OPTIONS"}
        if not rule.rule.startswith(("/api/webhooks/", "/docs/"))
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
