"""Errors: one shape for all, without internals."""

import io

import pytest
from gunicorn.http.errors import InvalidChunkSize
from mongoengine.errors import OperationError
from pymongo.errors import ServerSelectionTimeoutError
from werkzeug.http import HTTP_STATUS_CODES

from dispatch.app import MAX_BODY, create_app
from tests.builders import a_job_body, an_agent, an_agent_body
from tests.conftest import KEY
from tests.tables import each_row

JSON = {"content_type": "application/json"}
SECRET = "+2348031234567"


def assert_shape(answer, status):
    assert answer.status_code == status
    assert answer.mimetype == "application/json"
    assert list(answer.json) == ["code", "status", "message", "errors"]
    assert answer.json["code"] == status
    assert answer.json["status"] == HTTP_STATUS_CODES[status]
    assert answer.json["message"]
    assert isinstance(answer.json["errors"], dict)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"


@each_row(
    ("method", "path", "body", "status"),
    [
        pytest.param("POST", "/api/jobs/", {"data": "{", **JSON}, 400, id="broken JSON"),
        pytest.param("POST", "/api/jobs/", {"data": "[" * 100_000, **JSON}, 400, id="very deep JSON"),
        pytest.param("POST", "/api/jobs/", {"data": '{"a":' * 40_000, **JSON}, 400, id="very deep objects"),
        pytest.param("POST", "/api/jobs/", {"data": b"\xff\xfe{}", **JSON}, 400, id="not UTF-8"),
        pytest.param("POST", "/api/jobs/", {"data": '{"price": NaN}', **JSON}, 400, id="NaN"),
        pytest.param("POST", "/api/jobs/", {"data": '{"price": -Infinity}', **JSON}, 400, id="Infinity"),
        pytest.param("GET", "/api/jobs/65f000000000000000000000", {}, 404, id="no such job"),
        pytest.param("GET", "/api/jobs/nonsense", {}, 404, id="no id at all"),
        pytest.param("GET", "/api/jobs/%00", {}, 404, id="NUL in a path"),
        pytest.param("GET", "/api/jobs/%ED%A0%80/timeline", {}, 404, id="half a surrogate pair in a path"),
        pytest.param("GET", "/api/agents/%00", {}, 404, id="NUL for an agent"),
        pytest.param("PUT", "/api/agents/nobody", {"json": an_agent_body()}, 404, id="no such agent"),
        pytest.param("GET", "/api//jobs/", {}, 404, id="double slash"),
        pytest.param("GET", "/nothing", {}, 404, id="no such path"),
        pytest.param("DELETE", "/api/jobs/", {}, 405, id="no such method"),
        pytest.param("NONSENSE", "/api/jobs/", {}, 405, id="no method at all"),
        pytest.param("PUT", "/docs", {}, 405, id="the page's method"),
        pytest.param("PATCH", "/docs", {}, 405, id="another one"),
        pytest.param("DELETE", "/docs/", {}, 405, id="the page's method, with a slash"),
        pytest.param("PUT", "/api/webhooks/twilio/status", {}, 405, id="a webhook's method"),
        pytest.param("POST", "/api/jobs/", {"data": b" " * (MAX_BODY + 1), **JSON}, 413, id="too large"),
        pytest.param("PUT", "/api/agents/nobody", {"data": b" " * (MAX_BODY + 1), **JSON}, 413, id="too large a PUT"),
        pytest.param("POST", "/api/jobs/", {"data": "{}", "content_type": "text/plain"}, 415, id="text"),
        pytest.param("POST", "/api/jobs/", {"data": {"a": "b"}}, 415, id="a form"),
        pytest.param("POST", "/api/jobs/", {}, 422, id="no body at all"),
        pytest.param("POST", "/api/jobs/", {"data": "", **JSON}, 422, id="empty body"),
        pytest.param("POST", "/api/jobs/", {"data": "[]", **JSON}, 422, id="an array"),
        pytest.param("POST", "/api/jobs/", {"data": "null", **JSON}, 422, id="null"),
        pytest.param("POST", "/api/jobs/", {"data": '{"\\ud800": 1}', **JSON}, 422, id="half a surrogate pair"),
        pytest.param("GET", "/api/jobs/?page=x", {}, 422, id="a query"),
        pytest.param("POST", "/api/webhooks/twilio/whatsapp", {"data": {"Body": "YES"}}, 403, id="unsigned"),
    ],
)
def test_every_error_has_the_same_shape(api, method, path, body, status):
    answer = api.open(path, method=method, **body)
    assert_shape(answer, status)
    assert status != 405 or {"POST", "GET"} & set(answer.headers["Allow"].split(", "))


def test_a_conflict_has_the_same_shape(api):
    an_agent(phone=SECRET)
    assert_shape(api.post("/api/agents/", json=an_agent_body(phone=SECRET)), 409)


@pytest.mark.parametrize(
    ("error", "status"),
    [
        pytest.param(ServerSelectionTimeoutError(f"host {SECRET}"), 503, id="MongoDB does not answer"),
        pytest.param(OperationError(f"document {SECRET}"), 503, id="MongoEngine wraps what MongoDB says"),
        pytest.param(ZeroDivisionError(f"bug {SECRET}"), 500, id="a bug"),
    ],
)
def test_an_internal_error_shows_no_internals(error, status):
    def fail():
        raise error

    app = create_app()
    app.config["PREPARE_STORES"] = fail
    answer = app.test_client().get("/api/jobs/", headers=KEY)
    assert_shape(answer, status)
    assert SECRET not in answer.get_data(as_text=True)
    assert "Retry-After" in answer.headers or status == 500


class Malformed(io.BytesIO):
    """A body in malformed chunks, as gunicorn gives it."""

    def read(self, *args: object) -> bytes:
        """Fail like gunicorn."""
        raise InvalidChunkSize(SECRET.encode())


@each_row(
    ("path", "content_type"),
    [
        pytest.param("/api/jobs/", "application/json", id="the API"),
        pytest.param("/api/webhooks/twilio/whatsapp", "application/x-www-form-urlencoded", id="a webhook"),
    ],
)
def test_body_in_malformed_chunks_is_answered_400_and_not_logged(api, caplog, path, content_type):
    answer = api.post(
        path,
        input_stream=Malformed(),
        content_type=content_type,
        headers={"X-Twilio-Signature": "A" * 27 + "="},
        environ_overrides={"wsgi.input_terminated": True},
    )
    assert_shape(answer, 400)
    assert SECRET not in answer.get_data(as_text=True) + caplog.text


def test_options_and_head_are_answered(api):
    answer = api.options("/api/jobs/")
    assert (answer.status_code, answer.data) == (200, b"")
    assert {"GET", "HEAD", "POST", "OPTIONS"} == set(answer.headers["Allow"].split(", "))
    answer = api.head("/api/jobs/")
    assert (answer.status_code, answer.data) == (200, b"")


@each_row("path", ["/api/jobs", "/api/agents", "/api/messages"])
def test_a_path_with_or_without_final_slash_is_answered_without_redirect(api, path):
    for form in (path, path + "/"):
        assert api.get(form).status_code == 200
    bodies = {"/api/jobs": a_job_body, "/api/agents": an_agent_body}
    if path in bodies:
        assert [api.post(form, json=bodies[path]()).status_code for form in (path, path + "/")] == [201, 201]
        assert api.get(api.get(path).json[0]["id"].join([path + "/", "/"])).status_code == 200


@each_row(
    ("given", "kept"),
    [
        pytest.param("order-4711.a_b", True, id="sane"),
        pytest.param("+2348031234567", False, id="a phone"),
        pytest.param("x" * 65, False, id="too long"),
        pytest.param("a b c d e", False, id="blanks"),
    ],
)
def test_a_request_has_an_id(api, given, kept):
    answer = api.get("/", headers={"X-Request-ID": given})
    assert (answer.headers["X-Request-ID"] == given) is kept
    assert len(answer.headers["X-Request-ID"]) >= 8
