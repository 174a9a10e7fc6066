"""The Content API with Twilio's SDK: create, list, submit, approve and delete templates."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from sandbox.twilio import PretendTwilio, facts
from tests.sandbox.twilio.conftest import (
    ACCOUNT_SID,
    NUMBER,
    OFFER,
    TOKEN,
    a_template,
    buttons,
    client_of,
    create,
    submit,
    text_of,
    until,
)

UNKNOWN = "HX" + "f" * 32


def post(twilio: PretendTwilio, path: str, **more: Any) -> requests.Response:
    return requests.post(f"{twilio.base_url}/v1/Content{path}", auth=(ACCOUNT_SID, TOKEN), timeout=5, **more)


def approval_of(client: Client, sid: str) -> dict[str, Any]:
    return dict(client.content.v1.contents(sid).approval_fetch().fetch().whatsapp)


def test_created_content_is_returned_as_posted(twilio: PretendTwilio, client: Client) -> None:
    made = create(client)
    found = client.content.v1.contents(made.sid).fetch()
    assert (found.sid, found.account_sid, found.friendly_name, found.language) == (made.sid, ACCOUNT_SID, "offer", "en")
    assert (found.variables, found.types) == (OFFER["variables"], OFFER["types"])
    assert found.date_created <= datetime.now(UTC)
    assert found.links["approval_fetch"] == f"{twilio.base_url}/v1/Content/{made.sid}/ApprovalRequests"
    assert [(each.sid, each.status) for each in twilio.contents] == [(made.sid, "unsubmitted")]


def test_content_answers_have_twilios_fields(twilio: PretendTwilio) -> None:
    answer = post(twilio, "", json=OFFER)
    assert (answer.status_code, set(answer.json())) == (201, set(facts.CONTENT_FIELDS))
    submitted = post(
        twilio, f"/{answer.json()['sid']}/ApprovalRequests/whatsapp", json={"name": "a", "category": "UTILITY"}
    )
    assert (submitted.status_code, set(submitted.json())) == (201, set(facts.APPROVAL_FIELDS))


def test_content_lists_are_paged(client: Client) -> None:
    made = [create(client, language=language).sid for language in ("en", "fr", "ar", "pt_BR", "zh_CN")]
    assert [each.sid for each in client.content.v1.contents.list()] == made
    assert [each.sid for each in client.content.v1.contents.list(page_size=2)] == made
    assert [each.sid for each in client.content.v1.contents.list(limit=3, page_size=2)] == made[:3]
    page = client.content.v1.contents.page(page_size=2)
    assert page.previous_page_url is None
    second = client.content.v1.contents.get_page(page.next_page_url)
    assert [each.sid for each in second] == made[2:4]
    assert second.previous_page_url


def test_list_with_approvals_shows_each_contents_approval(twilio: PretendTwilio, client: Client) -> None:
    plain, approved = create(client).sid, a_template(client, twilio)
    listed = {each.sid: each.approval_requests for each in client.content.v1.content_and_approvals.list(page_size=1)}
    assert set(listed[plain]) == set(facts.APPROVAL_FIELDS)
    assert (listed[plain]["status"], listed[plain]["name"]) == ("unsubmitted", "")
    assert (listed[approved]["status"], listed[approved]["name"]) == ("approved", "offer_v1")
    assert listed[approved]["content_type"] == "twilio/quick-reply"


def test_deleted_content_is_not_found(client: Client) -> None:
    sid = create(client).sid
    assert client.content.v1.contents(sid).delete()
    for call in (client.content.v1.contents(sid).fetch, client.content.v1.contents(sid).delete):
        with pytest.raises(TwilioRestException) as missing:
            call()
        assert (missing.value.status, missing.value.code) == (404, 20404)
    assert client.content.v1.contents.list() == []


def test_submitted_content_is_received_then_pending_then_approved(twilio: PretendTwilio, client: Client) -> None:
    sid = create(client).sid
    assert approval_of(client, sid)["status"] == "unsubmitted"
    submitted = submit(client, sid)
    assert (submitted.status, submitted.name, submitted.category) == ("received", "offer_v1", "UTILITY")
    assert approval_of(client, sid)["status"] == "pending"
    for status in ("approved", "paused", "approved", "disabled"):
        twilio.decide("offer_v1", status)
        assert approval_of(client, sid)["status"] == status
    assert [each.sid for each in twilio.decide(sid, "rejected", "PROMOTIONAL", "MARKETING")] == [sid]
    found = approval_of(client, sid)
    assert (found["status"], found["rejection_reason"], found["category"]) == ("rejected", "PROMOTIONAL", "MARKETING")


def test_decision_by_name_applies_to_all_languages_of_the_template(twilio: PretendTwilio, client: Client) -> None:
    sids = [create(client, language=language).sid for language in ("en", "fr")]
    for sid in sids:
        submit(client, sid)
    assert [each.sid for each in twilio.decide("offer_v1", "approved")] == sids
    assert {each.status for each in twilio.contents} == {"approved"}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        pytest.param({"types": text_of("{{1}}, a new inspection waits for you")}, "starts with", id="variable first"),
        pytest.param({"types": text_of("A new inspection waits for {{1}}!")}, "ends with", id="variable last"),
        pytest.param({"types": text_of("A new one: {{1}} {{2}} waits for you")}, "adjacent", id="adjacent"),
        pytest.param({"variables": {"1": "Ada"}}, "no sample", id="a sample is missing"),
    ],
)
def test_template_that_breaks_the_rules_is_rejected_instead_of_approved(
    twilio: PretendTwilio, client: Client, changes: dict[str, Any], reason: str
) -> None:
    sid = a_template(client, twilio, **changes)
    found = approval_of(client, sid)
    assert found["status"] == "rejected"
    assert reason in found["rejection_reason"]


def test_decision_about_an_unsubmitted_or_unknown_template_is_an_error(twilio: PretendTwilio, client: Client) -> None:
    sid = create(client).sid
    with pytest.raises(ValueError, match="not submitted"):
        twilio.decide(sid, "approved")
    with pytest.raises(KeyError):
        twilio.decide("nothing", "approved")
    submit(client, sid)
    with pytest.raises(ValueError, match="not one of"):
        twilio.decide(sid, "splendid")


@pytest.fixture
def prompt() -> Iterator[PretendTwilio]:
    """A pretend Twilio that approves templates after an hour."""
    with PretendTwilio(account_sid=ACCOUNT_SID, auth_token=TOKEN, number=NUMBER, approves_after=3600) as twilio:
        yield twilio


def test_submitted_template_is_approved_after_the_set_time(prompt: PretendTwilio) -> None:
    client = client_of(prompt)
    good, bad = create(client).sid, create(client, types=text_of("{{1}} first is not allowed")).sid
    left = create(client).sid
    for sid in (good, bad):
        submit(client, sid)
    prompt.grow_older(timedelta(minutes=59))
    assert {approval_of(client, sid)["status"] for sid in (good, bad)} == {"pending"}
    prompt.grow_older(timedelta(minutes=1))
    assert [approval_of(client, sid)["status"] for sid in (good, bad, left)] == ["approved", "rejected", "unsubmitted"]
    prompt.decide(good, "paused")
    assert approval_of(client, good)["status"] == "paused", "decided once, time changes nothing"


def test_approval_takes_no_longer_than_the_set_time() -> None:
    with PretendTwilio(account_sid=ACCOUNT_SID, auth_token=TOKEN, number=NUMBER, approves_after=0.05) as twilio:
        client = client_of(twilio)
        sid = create(client).sid
        submit(client, sid)
        until(lambda: approval_of(client, sid)["status"] == "approved")


LONG = {"twilio/text": {"body": "x" * 1025}}
ONE = [{"type": "QUICK_REPLY", "title": "Yes", "id": "yes"}]


def quick(**changes: Any) -> dict[str, Any]:
    return {"types": {"twilio/quick-reply": {"body": "Well?", "actions": ONE} | changes}}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        pytest.param({"language": None}, "language", id="no language"),
        pytest.param({"language": "English"}, "language", id="no such language"),
        pytest.param({"types": None}, "types", id="no types"),
        pytest.param({"types": {}}, "types", id="empty types"),
        pytest.param({"types": {"twilio/carousel": {"body": "x"}}}, "types must be of", id="unsupported type"),
        pytest.param({"types": {"twilio/text": "x"}}, "twilio/text", id="a type that is text"),
        pytest.param({"types": {"twilio/text": {}}}, "body", id="no body"),
        pytest.param({"types": {"twilio/text": {"body": "  "}}}, "body", id="a blank body"),
        pytest.param(
            {"types": {"twilio/text": {"body": "x", "actions": ONE}}}, "unknown actions", id="buttons on text"
        ),
        pytest.param({"types": LONG}, "1025 characters", id="body of 1025"),
        pytest.param(quick(body="x" * 1025), "1025 characters", id="body of 1025 over buttons"),
        pytest.param({"types": buttons(11)}, "1 to 10", id="eleven buttons"),
        pytest.param(quick(actions=[]), "1 to 10", id="no button"),
        pytest.param(quick(actions=[{"title": "x" * 21, "id": "a"}]), "title has 21", id="title of 21"),
        pytest.param(quick(actions=[{"title": "x", "id": "a" * 201}]), "id has 201", id="id of 201"),
        pytest.param(quick(actions=[{"title": "", "id": "a"}]), "title", id="empty title"),
        pytest.param(quick(actions=[{"title": "x", "id": 5}]), "id must be text", id="id is a number"),
        pytest.param(quick(actions=[*ONE, *ONE]), "same title", id="the same title twice"),
        pytest.param(quick(actions=[{"type": "URL", "title": "x", "id": "a"}]), "QUICK_REPLY", id="another button"),
        pytest.param({"variables": ["Ada"]}, "variables", id="variables in a list"),
        pytest.param({"variables": {"1": 5}}, "1 must be text", id="a number for a sample"),
        pytest.param({"variables": {"1": ""}}, "1 must be text", id="an empty sample"),
        pytest.param({"variables": {"the name": "x"}}, "variable name", id="a blank in a name"),
        pytest.param({"variables": {f"v{n}": "x" for n in range(101)}}, "100", id="101 variables"),
        pytest.param({"colour": "red"}, "unknown colour", id="an unknown field"),
    ],
)
def test_invalid_content_is_refused_with_a_reason(twilio: PretendTwilio, changes: dict[str, Any], reason: str) -> None:
    answer = post(twilio, "", json=OFFER | changes)
    assert (answer.status_code, answer.json()["code"]) == (400, 20001)
    assert reason in answer.json()["message"]
    assert set(answer.json()) == set(facts.ERROR_FIELDS)
    assert twilio.contents == []


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"types": buttons(10)}, id="ten buttons"),
        pytest.param({"types": text_of("x" * 1024)}, id="body of 1024"),
        pytest.param(quick(actions=[{"title": "x" * 20, "id": "a" * 200}]), id="title of 20, id of 200"),
        pytest.param(quick(actions=[{"title": "Yes"}]), id="a button without type and id"),
        pytest.param({"variables": None, "friendly_name": None}, id="null counts as absent"),
        pytest.param({"types": text_of("x") | buttons(1)}, id="two types"),
    ],
)
def test_content_within_the_limits_is_accepted(twilio: PretendTwilio, changes: dict[str, Any]) -> None:
    assert post(twilio, "", json=OFFER | changes).status_code == 201


@pytest.mark.parametrize(
    "more",
    [
        pytest.param({"data": "{", "headers": {"Content-Type": "application/json"}}, id="broken"),
        pytest.param({"data": OFFER}, id="a form"),
        pytest.param({"json": ["x"]}, id="a list"),
        pytest.param({"data": "null", "headers": {"Content-Type": "application/json"}}, id="null"),
    ],
)
def test_bad_json_is_refused(twilio: PretendTwilio, more: dict[str, Any]) -> None:
    answer = post(twilio, "", **more)
    assert (answer.status_code, answer.json()["code"]) == (400, 20001)


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        pytest.param({"category": "UTILITY"}, "name", id="no name"),
        pytest.param({"name": "Offer", "category": "UTILITY"}, "a-z", id="a capital"),
        pytest.param({"name": "offer-1", "category": "UTILITY"}, "a-z", id="a hyphen"),
        pytest.param({"name": "offer\n", "category": "UTILITY"}, "a-z", id="a line break"),
        pytest.param({"name": "x" * 513, "category": "UTILITY"}, "512", id="name of 513"),
        pytest.param({"name": "offer"}, "category", id="no category"),
        pytest.param({"name": "offer", "category": "TRANSACTIONAL"}, "UTILITY", id="no such category"),
    ],
)
def test_invalid_request_for_approval_is_refused(
    twilio: PretendTwilio, client: Client, given: dict[str, str], reason: str
) -> None:
    answer = post(twilio, f"/{create(client).sid}/ApprovalRequests/whatsapp", json=given)
    assert (answer.status_code, answer.json()["code"]) == (400, 20001)
    assert reason in answer.json()["message"]
    assert twilio.contents[0].status == "unsubmitted"


def test_second_request_for_approval_is_refused(client: Client) -> None:
    sid = create(client).sid
    submit(client, sid)
    with pytest.raises(TwilioRestException, match="submitted for approval before") as refused:
        submit(client, sid, name="offer_v2")
    assert (refused.value.status, refused.value.code) == (400, 20001)
    assert approval_of(client, sid)["name"] == "offer_v1"


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        pytest.param("GET", f"/v1/Content/{UNKNOWN}", 404, 20404, id="no such content"),
        pytest.param("GET", f"/v1/Content/{UNKNOWN}/ApprovalRequests", 404, 20404, id="no such approval"),
        pytest.param(
            "POST", f"/v1/Content/{UNKNOWN}/ApprovalRequests/whatsapp", 404, 20404, id="unknown content to submit"
        ),
        pytest.param("GET", "/v1/Contents", 404, 20404, id="no such resource"),
        pytest.param("PATCH", "/v1/Content", 405, 20004, id="no such method"),
        pytest.param("GET", "/v1/Content?PageSize=1001", 400, 20001, id="too large a page"),
        pytest.param("GET", f"/v1/Content?PageToken={UNKNOWN}", 400, 20001, id="unknown token"),
    ],
)
def test_content_errors_have_twilios_shape(
    twilio: PretendTwilio, method: str, path: str, status: int, code: int
) -> None:
    answer = requests.request(method, twilio.base_url + path, auth=(ACCOUNT_SID, TOKEN), timeout=5)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert set(answer.json()) == set(facts.ERROR_FIELDS)


@pytest.mark.parametrize(
    "credentials",
    [
        pytest.param((ACCOUNT_SID, "wrong"), id="wrong token"),
        pytest.param(("AC" + "1" * 32, TOKEN), id="another account"),
        pytest.param(None, id="none"),
    ],
)
def test_content_api_refuses_wrong_credentials(twilio: PretendTwilio, credentials: tuple[str, str] | None) -> None:
    for path in ("/v1/Content", "/v1/ContentAndApprovals"):
        answer = requests.get(twilio.base_url + path, auth=credentials, timeout=5)
        assert (answer.status_code, answer.json()["code"]) == (401, 20003)


def test_templates_stay_when_messages_are_cleared(twilio: PretendTwilio, client: Client) -> None:
    sid = a_template(client, twilio)
    twilio.clear()
    assert [each.sid for each in twilio.contents] == [sid]
