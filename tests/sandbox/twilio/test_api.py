"""Creating and fetching messages with Twilio's SDK: fields, refused requests, credentials."""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import pytest
import requests
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from sandbox.twilio import PretendTwilio, facts
from tests.sandbox.twilio.conftest import ACCOUNT_SID, ADA, NUMBER, SENDER, TOKEN, client_of

GOOD = {"To": f"whatsapp:{ADA}", "From": SENDER, "Body": "hello"}
PATH = f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages"


def post(twilio: PretendTwilio, form: Mapping[str, object]) -> requests.Response:
    return requests.post(f"{twilio.base_url}{PATH}.json", data=form, auth=(ACCOUNT_SID, TOKEN), timeout=5)


def test_created_message_has_twilios_fields(twilio: PretendTwilio) -> None:
    answer = post(twilio, GOOD | {"Body": "Hello! 👍"})
    body = answer.json()
    assert answer.status_code == 201
    assert set(body) == set(facts.MESSAGE_FIELDS)
    assert body["status"] == "queued"
    assert body["body"] == "Hello! 👍"
    assert body["direction"] == "outbound-api"
    assert body["num_segments"] == "1"
    assert body["date_sent"] is None
    assert body["error_code"] is None
    assert parsedate_to_datetime(body["date_created"]) <= datetime.now(UTC)
    assert body["uri"] == f"{PATH}/{body['sid']}.json"


def test_sdk_fetches_the_message_it_sent(twilio: PretendTwilio, client: Client) -> None:
    sent = client.messages.create(to=f"whatsapp:{ADA}", from_=SENDER, body="hello")
    assert [(m.sid, m.phone, m.body) for m in twilio.outbox] == [(sent.sid, ADA, "hello")]
    twilio.wait_for(lambda message: message.status == "read")
    found = client.messages(sent.sid).fetch()
    assert (found.status, found.error_code, found.from_, found.to) == ("read", None, SENDER, f"whatsapp:{ADA}")
    assert found.date_sent is not None


@pytest.mark.parametrize(
    ("change", "code"),
    [
        pytest.param({"To": None}, 21604, id="no To"),
        pytest.param({"To": ""}, 21604, id="empty To"),
        pytest.param({"From": None}, 21603, id="no From"),
        pytest.param({"Body": None}, 21602, id="no body"),
        pytest.param({"Body": ""}, 21602, id="empty body"),
        pytest.param({"Body": "x" * 1601}, 21617, id="body of 1601"),
        pytest.param({"To": ADA}, 21910, id="To without its channel"),
        pytest.param({"From": NUMBER}, 21910, id="From without its channel"),
        pytest.param({"To": "whatsapp:+12"}, 21211, id="too short a number"),
        pytest.param({"To": "whatsapp:08031234567"}, 21211, id="a local number"),
        pytest.param({"To": f"whatsapp:{ADA}\n"}, 21211, id="a number and a line break"),
        pytest.param({"StatusCallback": "http://localhost:8000/s"}, 21609, id="localhost"),
        pytest.param({"StatusCallback": "http://my_host.example.com/s"}, 21609, id="underscore in the host"),
        pytest.param({"StatusCallback": "/api/status"}, 21609, id="no host"),
        pytest.param({"StatusCallback": "http://h.example.com/é"}, 21609, id="not ASCII"),
        pytest.param({"StatusCallback": "http://h.example.com:99999/"}, 21609, id="impossible port"),
        pytest.param({"From": "whatsapp:+14150000000"}, 63007, id="not our sender"),
        pytest.param({"ContentVariables": "{}"}, 21654, id="variables without a template"),
        pytest.param({"ContentSid": "HXnope"}, 21655, id="not a template sid"),
        pytest.param({"ContentSid": "HX" + "a" * 32, "ContentVariables": "{1: x"}, 21656, id="variables not JSON"),
        pytest.param({"ContentSid": "HX" + "a" * 32, "ContentVariables": '{"1": ""}'}, 21656, id="an empty variable"),
        pytest.param({"ContentSid": "HX" + "a" * 32, "ContentVariables": '{"1": null}'}, 21656, id="a null variable"),
        pytest.param({"ContentSid": "HX" + "a" * 32}, 21655, id="unknown template"),
        pytest.param({"ValidityPeriod": "36001"}, 20001, id="valid for too long"),
        pytest.param({"ValidityPeriod": "soon"}, 20001, id="validity is not a number"),
        pytest.param({"From": None, "MessagingServiceSid": "MG" + "a" * 32}, 21705, id="no such service"),
        pytest.param({"SendAt": "2027-01-01T00:00:00Z", "ScheduleType": "fixed"}, 35118, id="scheduled"),
    ],
)
def test_invalid_request_is_refused_with_twilios_code(
    twilio: PretendTwilio, change: dict[str, object], code: int
) -> None:
    answer = post(twilio, GOOD | change)
    body = answer.json()
    assert (answer.status_code, body["status"], body["code"]) == (400, 400, code)
    assert set(body) == set(facts.ERROR_FIELDS)
    assert body["more_info"] == f"https://www.twilio.com/docs/errors/{code}"
    assert twilio.outbox == []
    assert [attempt.outcome for attempt in twilio.attempts] == [str(code)]


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"Body": "x" * 1600}, id="body of 1600"),
        pytest.param({"StatusCallback": "http://127.0.0.1:9/s?message=1"}, id="callback with a query"),
        pytest.param({"ValidityPeriod": "36000"}, id="valid for ten hours"),
        pytest.param({"To": "whatsapp:NG.1A2B3C"}, id="a person who hides their number"),
        pytest.param({"Tags": "{}"}, id="unknown parameter, ignored"),
    ],
)
def test_valid_request_is_accepted(twilio: PretendTwilio, change: dict[str, object]) -> None:
    assert post(twilio, GOOD | change).status_code == 201
    assert len(twilio.outbox) == 1


def test_strict_server_refuses_unknown_parameters() -> None:
    with PretendTwilio(account_sid=ACCOUNT_SID, auth_token=TOKEN, number=NUMBER, strict=True) as twilio:
        answer = post(twilio, GOOD | {"Tags": "{}"})
        assert (answer.status_code, answer.json()["code"]) == (400, 20001)
        assert "Tags" in answer.json()["message"]


@pytest.mark.parametrize(
    ("sid", "token"),
    [
        pytest.param(ACCOUNT_SID, "wrong", id="wrong token"),
        pytest.param("AC" + "1" * 32, TOKEN, id="another account"),
    ],
)
def test_wrong_credentials_are_refused(twilio: PretendTwilio, sid: str, token: str) -> None:
    stranger = client_of(twilio, sid=sid, token=token)
    with pytest.raises(TwilioRestException) as refused:
        stranger.messages.create(to=f"whatsapp:{ADA}", from_=SENDER, body="hello")
    assert (refused.value.status, refused.value.code) == (401, 20003)
    assert twilio.outbox == []


@pytest.mark.parametrize(
    "user", [pytest.param(ACCOUNT_SID, id="our account"), pytest.param("AC" + "1" * 32, id="their account")]
)
def test_path_of_another_account_is_refused(twilio: PretendTwilio, user: str) -> None:
    path = PATH.replace(ACCOUNT_SID, "AC" + "1" * 32)
    answer = requests.post(f"{twilio.base_url}{path}.json", data=GOOD, auth=(user, TOKEN), timeout=5)
    assert (answer.status_code, answer.json()["code"]) == (401, 20003)


def test_request_without_credentials_is_refused(twilio: PretendTwilio) -> None:
    answer = requests.get(f"{twilio.base_url}{PATH}.json", timeout=5)
    assert (answer.status_code, answer.json()["code"]) == (401, 20003)
    assert answer.headers["WWW-Authenticate"].startswith("Basic")


def test_unknown_sid_is_not_found(client: Client) -> None:
    with pytest.raises(TwilioRestException) as missing:
        client.messages("SM" + "f" * 32).fetch()
    assert (missing.value.status, missing.value.code) == (404, 20404)


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        pytest.param("GET", "/2010-04-01/Nothing.json", 404, 20404, id="unknown resource"),
        pytest.param("PUT", f"{PATH}.json", 405, 20004, id="unknown method"),
    ],
)
def test_unknown_routes_return_errors_in_twilios_shape(
    twilio: PretendTwilio, method: str, path: str, status: int, code: int
) -> None:
    answer = requests.request(method, twilio.base_url + path, auth=(ACCOUNT_SID, TOKEN), timeout=5)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert set(answer.json()) == set(facts.ERROR_FIELDS)
