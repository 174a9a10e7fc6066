"""Idempotency-Key: a repeated POST gets its first answer and is done once, also after a kill or sent in parallel."""

import json
import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymongo.errors import AutoReconnect

from dispatch.api.plumbing import idempotency
from dispatch.app import MAX_BODY
from dispatch.hints import tasks
from dispatch.models import Agent, Answer, Client, Job
from dispatch.models.base.record import utc_now
from dispatch.models.idempotent_answer import KEPT_SECONDS
from tests.builders import a_job_body, an_agent, an_agent_body, an_inbound_form, signed
from tests.conftest import KEY
from tests.faults.interleaving import just_before
from tests.faults.killing import dies_at
from tests.tables import each_row

NAME = "order 4711/a"
UNDER = {"Idempotency-Key": NAME}
MOST_COMMANDS = 40


def said(answer):
    """Return the parts of an answer that do not depend on the single request."""
    return answer.status_code, answer.data, answer.headers["Content-Type"], answer.headers.get("Location")


def lease_runs_out():
    Answer.collection().update_many({"status": None}, {"$set": {"leased_until": utc_now() - timedelta(seconds=1)}})


def respelled(body):
    """Return equal JSON bodies: names in reverse order, with blanks, with escapes, with 1.0 for 1."""
    turned = dict(reversed(body.items()))
    text = json.dumps(turned, indent=3).replace('"bedrooms": 3,', '"bedrooms": 3.0,').replace("John", "\\u004aohn")
    assert json.loads(text) == body
    return text


def test_a_repeated_request_gets_the_first_answer_and_changes_nothing(api):
    body = a_job_body()
    first = api.post("/api/jobs/", json=body, headers=UNDER)
    for again in (
        api.post("/api/jobs/", json=body, headers=UNDER),
        api.post("/api/jobs", data=respelled(body), content_type="application/json", headers=UNDER),
    ):
        assert said(again) == said(first)
        assert again.headers["Idempotent-Replayed"] == "true"
        assert again.headers["X-Request-ID"] != first.headers["X-Request-ID"]
        assert again.headers["X-Content-Type-Options"] == "nosniff"
        assert again.headers["Cache-Control"] == "no-store"
    assert first.status_code == 201
    assert "Idempotent-Replayed" not in first.headers
    assert Job.objects.count() == 1


def test_a_repeated_conflict_gets_the_first_error(api):
    ada, body = an_agent(phone="+2348031234567"), an_agent_body(phone="+2348031234567")
    first = api.post("/api/agents/", json=body, headers=UNDER)
    ada.delete()
    again = api.post("/api/agents/", json=body, headers=UNDER)
    assert (first.status_code, said(again)) == (409, said(first))
    assert again.headers["Idempotent-Replayed"] == "true"


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        pytest.param("{", "application/json", 400, id="no JSON"),
        pytest.param('"' + "x" * MAX_BODY + '"', "application/json", 413, id="too large"),
        pytest.param(json.dumps(a_job_body()), "text/plain", 415, id="another Content-Type"),
        pytest.param('{"property": 1}', "application/json", 422, id="invalid fields"),
    ],
)
def test_key_of_a_refused_body_is_free_for_the_corrected_body(api, body, content_type, status):
    for _ in range(2):
        refused = api.post("/api/jobs/", data=body, content_type=content_type, headers=UNDER)
        assert refused.status_code == status
        assert "Idempotent-Replayed" not in refused.headers
    assert Answer.objects.count() == 0
    assert api.post("/api/jobs/", json=a_job_body(), headers=UNDER).status_code == 201
    assert Job.objects.count() == 1


def test_a_request_without_a_key_or_with_another_key_is_done_again(api):
    body = a_job_body()
    answers = [api.post("/api/jobs/", json=body, headers=headers) for headers in ({}, {}, UNDER)]
    answers.append(api.post("/api/jobs/", json=body, headers={"Idempotency-Key": NAME.upper()}))
    assert [answer.status_code for answer in answers] == [201] * 4
    assert Job.objects.count() == 4
    assert not any("Idempotent-Replayed" in answer.headers for answer in answers)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        pytest.param("/api/jobs/", a_job_body(), id="another body"),
        pytest.param("/api/jobs/", None, id="no body"),
        pytest.param("/api/agents/", an_agent_body(), id="another route"),
    ],
)
@pytest.mark.parametrize("running", [pytest.param(False, id="answered"), pytest.param(True, id="still running")])
def test_a_key_of_a_different_request_is_refused(api, path, body, running):
    first = a_job_body()
    api.post("/api/jobs/", json=first, headers=UNDER)
    if running:
        Answer.collection().update_one({}, {"$unset": {"status": 1}})
    answer = api.post(path, json=body, headers=UNDER)
    assert (answer.status_code, list(answer.json["errors"])) == (422, ["Idempotency-Key"])
    assert (Job.objects.count(), Agent.objects.count()) == (1, 0)


def test_a_key_used_on_another_route_is_refused(api):
    body = an_agent_body()
    assert api.post("/api/agents/", json=body, headers=UNDER).status_code == 201
    answer = api.post("/api/jobs/", json=body, headers=UNDER)
    assert (answer.status_code, list(answer.json["errors"])) == (422, ["Idempotency-Key"])


@pytest.mark.parametrize(
    ("key", "taken"),
    [
        pytest.param("", False, id="empty"),
        pytest.param("   ", False, id="blanks"),
        pytest.param("x" * 256, False, id="too long"),
        pytest.param("clé", False, id="not ASCII"),
        pytest.param("a\tb", False, id="a tab"),
        pytest.param("a\x7f", False, id="a control character"),
        pytest.param("x", True, id="the shortest"),
        pytest.param("x" * 255, True, id="the longest"),
        pytest.param('"8e03978e 40d5"!~', True, id="anything printable"),
        pytest.param("$where.{}", True, id="nothing to MongoDB"),
    ],
)
def test_an_unprintable_or_too_long_key_is_refused(api, key, taken):
    answer = api.post("/api/jobs/", json=a_job_body(), headers={"Idempotency-Key": key})
    assert answer.status_code == (201 if taken else 422)
    assert taken or list(answer.json["errors"]) == ["Idempotency-Key"]
    assert Job.objects.count() == Answer.objects.count() == int(taken)


def test_a_repetition_during_the_first_request_is_answered_409(app, api):
    body, seconds = a_job_body(), []
    post = {"path": "/api/jobs/", "json": body, "headers": {**UNDER, **KEY}}

    def another() -> None:  # in a thread of its own, as for any request
        with ThreadPoolExecutor(1) as caller:
            seconds.append(caller.submit(app.test_client().post, **post).result())

    with just_before("insert", "jobs", another):
        assert api.post(**post).status_code == 201
    assert (seconds[0].status_code, seconds[0].headers["Retry-After"]) == (409, "1")
    assert "Idempotent-Replayed" not in seconds[0].headers
    assert Job.objects.count() == 1
    assert api.post(**post).status_code == 201


@pytest.mark.parametrize("path", ["/api/jobs/", "/api/agents/"])
def test_twenty_requests_at_once_with_one_key_are_done_once(app, stores_clean, path):
    together, body = threading.Barrier(20), a_job_body() if "jobs" in path else an_agent_body()

    def post(_):
        client = app.test_client()
        together.wait()
        return client.post(path, json=body, headers={**UNDER, **KEY})

    with ThreadPoolExecutor(20) as callers:
        answers = list(callers.map(post, range(20)))
    done = [answer for answer in answers if answer.status_code == 201]
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert len({said(answer) for answer in done}) == 1
    assert [len(done) - 1] == [sum("Idempotent-Replayed" in answer.headers for answer in answers)]
    assert all("Retry-After" in answer.headers for answer in answers if answer.status_code == 409)
    assert (Job if "jobs" in path else Agent).objects.count() == 1


@pytest.mark.parametrize(
    ("path", "a_body", "made"),
    [
        pytest.param("/api/jobs/", a_job_body, Job, id="a job"),
        pytest.param("/api/agents/", an_agent_body, Agent, id="an agent"),
    ],
)
def test_a_request_killed_at_any_write_is_finished_by_its_repetition(app, api, monkeypatch, path, a_body, made):
    """The key is free again after the lease, and one job is created whatever the killed request had done."""
    monkeypatch.setitem(app.config, "PREPARE_STORES", lambda: None)  # the indexes exist
    survived, kills = False, 0
    while not survived:
        kills += 1
        assert kills < MOST_COMMANDS
        for document in (Answer, made):
            document.collection().delete_many({})
        body = a_body()

        def post(body=body):
            return api.post(path, json=body, headers=UNDER)

        survived = not dies_at(kills, post)
        left = made.objects.first()
        if Answer.objects(status=None):
            assert post().status_code == 409
            lease_runs_out()
        answer = post()
        assert answer.status_code == 201, f"killed at {kills}"
        assert [str(one.id) for one in made.objects] == [answer.json["id"]], f"killed at {kills}"
        assert left is None or str(left.id) == answer.json["id"]
        assert said(post()) == said(answer)
    assert kills > 3


@pytest.mark.parametrize(
    ("where", "what", "status"),
    [
        pytest.param(Client, "remember", 500, id="before the job is saved"),
        pytest.param(tasks, "follow", 500, id="after it"),
    ],
)
def test_an_answer_of_500_or_503_is_not_kept(api, monkeypatch, where, what, status):
    def fails(*args, **kwargs):
        raise ZeroDivisionError

    body = a_job_body()
    with monkeypatch.context() as patched:
        patched.setattr(where, what, fails)
        assert api.post("/api/jobs/", json=body, headers=UNDER).status_code == status
    again = api.post("/api/jobs/", json=body, headers=UNDER)
    assert again.status_code == 201
    assert "Idempotent-Replayed" not in again.headers
    assert Job.objects.count() == 1
    assert api.post("/api/jobs/", json=a_job_body(), headers=UNDER).status_code == 422


def test_an_answer_of_415_is_not_kept(api):
    """The same body with the same key, now with the right Content-Type."""
    body = json.dumps(a_job_body())
    for content_type, status in (("text/plain", 415), ("text/plain", 415), ("application/json", 201)):
        answer = api.post("/api/jobs/", data=body, content_type=content_type, headers=UNDER)
        assert answer.status_code == status
        assert "Idempotent-Replayed" not in answer.headers
    assert api.post("/api/jobs/", data=body, content_type="text/plain", headers=UNDER).status_code == 201


def test_a_request_is_answered_even_if_its_answer_can_not_be_saved(api, monkeypatch, caplog):
    def fails(*args):
        raise AutoReconnect(NAME)

    body = a_job_body()
    with monkeypatch.context() as patched, caplog.at_level(logging.INFO):
        patched.setattr(Answer, "_write", fails)
        first = api.post("/api/jobs/", json=body, headers=UNDER)
    assert first.status_code == 201
    assert "answer not saved" in caplog.text
    assert NAME not in caplog.text
    lease_runs_out()
    assert api.post("/api/jobs/", json=body, headers=UNDER).json == first.json
    assert Job.objects.count() == 1


def test_an_expired_key_can_be_used_again(api):
    answers = []
    for _ in range(2):
        answers.append(api.post("/api/jobs/", json=a_job_body(), headers=UNDER))
        kept = Answer.objects.get()
        assert abs(kept.touched_at - utc_now()) < timedelta(seconds=5)
        kept.delete()  # as MongoDB does after a day
    assert [answer.status_code for answer in answers] == [201, 201]
    assert Job.objects.count() == 2
    (forgetting,) = [
        index for index in Answer.collection().index_information().values() if "expireAfterSeconds" in index
    ]
    assert (forgetting["key"], forgetting["expireAfterSeconds"]) == ([("touched_at", 1)], KEPT_SECONDS)
    assert KEPT_SECONDS == 24 * 3600


def test_only_posts_with_the_api_key_are_kept(app, api):
    path, form = "/api/webhooks/twilio/whatsapp", an_inbound_form()
    for _ in range(2):
        assert api.post(path, data=form, headers={**signed(path, form), **UNDER}).status_code == 204
    assert api.get("/api/jobs/", headers=UNDER).status_code == 200
    assert api.post("/api/nothing", headers=UNDER).status_code == 404
    assert app.test_client().post("/api/jobs/", json=a_job_body(), headers=UNDER).status_code == 401
    assert Answer.objects.count() == 0


def test_every_post_documents_the_idempotency_key(anybody):
    paths = anybody.get("/openapi.json").json["paths"]
    operations = {
        (method, path): each
        for path, methods in paths.items()
        for method, each in methods.items()
        if method != "parameters"
    }
    taking = {name for name, each in operations.items() if idempotency.PARAMETER in each.get("parameters", [])}
    assert taking == {name for name in operations if name[0] == "post"}
    assert ("post", "/api/jobs/") in taking
    assert all({"409", "422"} <= set(operations[name]["responses"]) for name in taking)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(JSON, JSON, st.booleans(), st.sampled_from([None, 0, 3]))
def test_equal_json_bodies_have_one_normal_form(value, other, ascii_only, indent):
    spelled = json.dumps(_turned(value), ensure_ascii=ascii_only, indent=indent).encode("utf-8", "surrogatepass")
    plain = idempotency.canonical(json.dumps(value).encode())
    assert idempotency.canonical(spelled) == plain
    assert value == other or idempotency.canonical(json.dumps(other).encode()) != plain


def _turned(value):
    if isinstance(value, dict):
        return {name: _turned(inner) for name, inner in reversed(value.items())}
    return [_turned(inner) for inner in value] if isinstance(value, list) else value


@each_row(
    "body",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"{", id="broken"),
        pytest.param(b"[" * 100_000, id="very deep"),
        pytest.param(b"\xff\xfe{\x00}\x00", id="not UTF-8"),
        pytest.param(b"9" * 5000, id="more digits than Python reads"),
        pytest.param(b"a=b", id="a form"),
    ],
)
def test_a_body_that_is_not_json_has_itself_as_normal_form(body):
    assert idempotency.canonical(body) == body
