"""The API key: every route requires the key unless the route is marked as public."""

import re

import pytest

from dispatch.access import keys
from tests.conftest import ENVIRONMENT
from tests.tables import each_row

KEY = ENVIRONMENT["API_KEY"]
SOME_ID = "65f000000000000000000000"
#: The public routes. A new one needs a reason, and a line here.
PUBLIC = {
    ("GET", "/"),
    ("GET", "/health"),
    ("GET", "/openapi.json"),
    ("GET", "/docs/"),
    ("GET", "/docs/<name>"),
    ("POST", "/api/webhooks/twilio/whatsapp"),
    ("POST", "/api/webhooks/twilio/status"),
    ("GET", "/api/webhooks/twilio/status"),
}
KEYED = [
    ("POST", "/api/jobs/"),
    ("GET", "/api/jobs/"),
    ("GET", f"/api/jobs/{SOME_ID}"),
    ("PUT", f"/api/jobs/{SOME_ID}"),
    ("PATCH", f"/api/jobs/{SOME_ID}"),
    ("DELETE", f"/api/jobs/{SOME_ID}"),
    ("POST", f"/api/jobs/{SOME_ID}/assign"),
    ("POST", f"/api/jobs/{SOME_ID}/begin"),
    ("POST", f"/api/jobs/{SOME_ID}/end_attention"),
    ("POST", f"/api/messages/{SOME_ID}/answered"),
    ("POST", f"/api/jobs/{SOME_ID}/approve_schedule"),
    ("POST", f"/api/jobs/{SOME_ID}/complete_inspection"),
    ("POST", f"/api/jobs/{SOME_ID}/reopen_visit"),
    ("POST", f"/api/jobs/{SOME_ID}/cancel"),
    ("POST", f"/api/jobs/{SOME_ID}/release"),
    ("GET", f"/api/jobs/{SOME_ID}/timeline"),
    ("GET", f"/api/jobs/{SOME_ID}/offers"),
    ("GET", f"/api/jobs/{SOME_ID}/timers"),
    ("GET", f"/api/jobs/{SOME_ID}/agents/{SOME_ID}"),
    ("GET", f"/api/jobs/agent/{SOME_ID}/jobs"),
    ("GET", f"/api/jobs/client/{SOME_ID}/jobs"),
    ("GET", f"/api/jobs/property/{SOME_ID}/jobs"),
    ("GET", f"/api/clients/{SOME_ID}"),
    ("PUT", f"/api/clients/{SOME_ID}"),
    ("PATCH", f"/api/clients/{SOME_ID}"),
    ("GET", f"/api/properties/{SOME_ID}"),
    ("POST", "/api/agents/"),
    ("GET", "/api/agents/"),
    ("GET", f"/api/agents/{SOME_ID}"),
    ("PUT", f"/api/agents/{SOME_ID}"),
    ("PATCH", f"/api/agents/{SOME_ID}"),
    ("DELETE", f"/api/agents/{SOME_ID}"),
    ("GET", "/api/messages/"),
    ("GET", f"/api/messages/{SOME_ID}"),
    ("POST", f"/api/messages/{SOME_ID}/retry"),
    ("POST", f"/api/jobs/{SOME_ID}/retry"),
    ("POST", f"/api/agents/{SOME_ID}/retry"),
    ("POST", f"/api/agents/{SOME_ID}/join-code"),
    ("GET", "/health/detail"),
]


def routes(app):
    for rule in app.url_map.iter_rules():
        for method in rule.methods - {"HEAD", "OPTIONS"}:
            yield method, rule


def test_every_route_requires_the_key_unless_it_is_marked_public(app):
    with app.app_context():
        public = {(method, rule.rule) for method, rule in routes(app) if keys.public_because(rule.endpoint)}
    assert public == PUBLIC


def test_every_route_with_a_key_is_tested_here(app):
    patterns = {
        (method, re.sub(r"<(\w+:)?\w+>", SOME_ID, rule.rule))
        for method, rule in routes(app)
        if (method, rule.rule) not in PUBLIC
    }
    assert patterns == set(KEYED)


@each_row(("method", "path"), [pytest.param(*route, id=" ".join(route)) for route in KEYED])
def test_a_request_without_a_key_is_answered_401(anybody, method, path):
    for slash_or_not in (path, path.rstrip("/"), path + "/?page=x"):
        answer = anybody.open(slash_or_not, method=method, json={})
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
        assert answer.json["errors"] == {}


@each_row(
    "headers",
    [
        pytest.param({"Authorization": f"Bearer {KEY}"}, id="bearer"),
        pytest.param({"Authorization": f"bEARER {KEY}"}, id="bearer in any case"),
        pytest.param({"X-API-Key": KEY}, id="X-API-Key"),
        pytest.param({"X-API-Key": KEY, "Authorization": "Basic eDp5"}, id="a proxy's own authorization beside it"),
        pytest.param({"X-API-Key": KEY, "Authorization": "Bearer x"}, id="a proxy's own token beside it"),
    ],
)
def test_a_request_with_the_key_is_accepted(anybody, headers):
    assert anybody.get("/api/jobs/", headers=headers).status_code == 200


@each_row(
    "headers",
    [
        pytest.param({"Authorization": KEY}, id="no scheme"),
        pytest.param({"Authorization": f"Basic {KEY}"}, id="another scheme"),
        pytest.param({"Authorization": "Bearer"}, id="no token"),
        pytest.param({"Authorization": f"Bearer {KEY}x"}, id="longer"),
        pytest.param({"X-API-Key": KEY[:-1]}, id="shorter"),
        pytest.param({"X-API-Key": ""}, id="empty"),
        pytest.param({"X-API-Key": "x", "Authorization": f"Bearer {KEY}"}, id="a wrong key beside the right bearer"),
        pytest.param({"X-API-Key": "clé-é"}, id="not ASCII"),
        pytest.param({"X-API-Key": "\u00ff" * 16}, id="bytes that are no UTF-8"),
    ],
)
def test_a_request_with_a_wrong_key_is_answered_401(anybody, headers):
    assert anybody.get("/api/jobs/", headers=headers).status_code == 401


@each_row(
    ("method", "path", "status"),
    [
        pytest.param("GET", "/api/nothing", 401, id="an unknown path in the API"),
        pytest.param("DELETE", "/api/jobs/", 401, id="an unknown method in the API"),
        pytest.param("OPTIONS", "/api/jobs/", 401, id="options in the API"),
        pytest.param("GET", "/nothing", 404, id="an unknown path elsewhere"),
    ],
)
def test_unknown_paths_are_answered_401_without_a_key(anybody, method, path, status):
    assert anybody.open(path, method=method).status_code == status
