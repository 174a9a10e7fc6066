"""Alarms: posted as JSON to OPS_WEBHOOK_URL, once for their cause in ten minutes."""

import traceback
from collections.abc import Iterator

import pytest
import redis
import requests
from flask import Flask, redirect
from flask.typing import ResponseReturnValue

from config.settings import settings
from dispatch import ops_webhook, redis_client
from tests.conftest import Servers
from tests.office import Office, an_office
from tests.serving import serving
from tests.settings import changed


@pytest.fixture
def office(stores_clean: Servers, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    """The server of operations."""
    with an_office(monkeypatch) as office:
        yield office


def test_an_alarm_is_json_with_a_text_and_the_facts(office: Office) -> None:
    assert ops_webhook.post("fire", "The house is on fire.", code="K7F3") is True
    assert office.alarms == [{"text": "The house is on fire.", "code": "K7F3"}]


def test_a_cause_is_posted_once_in_ten_minutes(office: Office) -> None:
    assert [ops_webhook.post(cause, "!") for cause in ("fire", "fire", "flood")] == [True] * 3
    assert len(office.alarms) == 2
    assert 590 < redis_client.client().ttl("dispatch:alarm:fire") <= ops_webhook.ONCE_IN == 600
    redis_client.client().delete("dispatch:alarm:fire")  # ten minutes later
    assert ops_webhook.post("fire", "!") is True


def test_a_recently_posted_cause_is_known(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    assert ops_webhook.was_posted("fire") is False
    ops_webhook.post("fire", "!")
    assert (ops_webhook.was_posted("fire"), ops_webhook.was_posted("flood")) == (True, False)
    monkeypatch.setattr(redis_client, "client", lambda: redis.Redis(port=1))
    assert ops_webhook.was_posted("fire") is False


@pytest.mark.parametrize("status", [400, 404, 429, 500, 503])
def test_a_refused_alarm_raises_and_can_be_posted_again(office: Office, status: int) -> None:
    office.statuses = [status]
    with pytest.raises(ops_webhook.PostFailed):
        ops_webhook.post("fire", "!")
    assert ops_webhook.post("fire", "!") is True
    assert len(office.alarms) == 2


def test_an_undelivered_alarm_raises_and_can_be_posted_again(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(Office().app) as url:
        gone = changed(operations={"webhook_url": url})
    with monkeypatch.context() as elsewhere:
        elsewhere.setattr(ops_webhook, "settings", lambda: gone)
        with pytest.raises(ops_webhook.PostFailed):
            ops_webhook.post("fire", "!")
    assert ops_webhook.post("fire", "!") is True


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirect_of_an_alarm_is_not_followed(
    stores_clean: Servers, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    asked: list[str] = []
    app = Flask("moved", static_folder=None)

    @app.route("/<path:path>", methods=["GET", "POST"])
    def answer(path: str) -> ResponseReturnValue:
        asked.append(path)
        return redirect("/elsewhere", status)

    with serving(app) as url:
        monkeypatch.setattr(ops_webhook, "settings", lambda: changed(operations={"webhook_url": f"{url}/alarms"}))
        with pytest.raises(ops_webhook.PostFailed, match=str(status)):
            ops_webhook.post("fire", "!")
    assert asked == ["alarms"]


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1:1/{}", "http://no.such.host.invalid/{}", "http://[{}", "{url}/{}"]
)
def test_failed_alarm_does_not_show_its_address(
    stores_clean: Servers, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    """Flower shows the trace of a failed task, with all exceptions that led to it. The address is a secret."""
    with serving(Flask("empty", static_folder=None)) as url:
        ours = changed(operations={"webhook_url": address.format("T0PS3CRET", url=url)})
        monkeypatch.setattr(ops_webhook, "settings", lambda: ours)
        with pytest.raises(ops_webhook.PostFailed) as failed:
            ops_webhook.post("fire", "!")
    assert "T0PS3CRET" not in "".join(traceback.format_exception(failed.value))
    assert failed.value.__context__ is None


def test_without_an_address_nothing_is_posted_or_kept(stores_clean: Servers) -> None:
    assert settings().operations.webhook_url is None
    assert (ops_webhook.was_posted("fire"), ops_webhook.post("fire", "!")) == (True, True)
    assert redis_client.client().keys("*") == []


def test_a_process_killed_while_posting_does_not_block_the_alarm(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dies(*_: object, **__: object) -> None:
        raise SystemExit

    with monkeypatch.context() as deadly:
        deadly.setattr(requests, "post", dies)
        with pytest.raises(SystemExit):
            ops_webhook.post("fire", "!")
    assert ops_webhook.post("fire", "!") is False  # another process may be posting
    assert 0 < redis_client.client().ttl("dispatch:alarm:fire") <= ops_webhook.POSTING_SECONDS
    redis_client.client().delete("dispatch:alarm:fire")  # later
    assert ops_webhook.post("fire", "!") is True
    assert len(office.alarms) == 1


def test_without_redis_posting_raises(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redis_client, "client", lambda: redis.Redis(port=1))
    with pytest.raises(redis.RedisError):
        ops_webhook.post("fire", "!")
    assert office.alarms == []


def test_a_slow_server_of_operations_is_given_up(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ops_webhook, "SECONDS", 0.05)
    office.seconds = 0.5
    with pytest.raises(ops_webhook.PostFailed):
        ops_webhook.post("fire", "!")
