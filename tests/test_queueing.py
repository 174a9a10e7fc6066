"""Hints: their queues, their arguments (ids only), and a broker that is down or stuck."""

import base64
import json
import re
import signal
import time
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from bson import ObjectId

from celery_app import app
from config.queues import QUEUES, SEND_CHUNK
from dispatch import redis_client, shelf
from dispatch.hints import tasks
from dispatch.models.base.record import utc_now
from tests.conftest import Servers

ID = ObjectId()
HINTS = [
    pytest.param(lambda: tasks.handle(ID), "inbox", id="handle"),
    pytest.param(lambda: tasks.settle(ID, 0.2), "assignment", id="settle"),
    pytest.param(lambda: tasks.follow(ID), "broadcasting", id="follow"),
    pytest.param(lambda: tasks.send([ID, ID], "replies"), "replies", id="send replies"),
    pytest.param(lambda: tasks.send([ID], "bulk", 3), "bulk", id="send bulk"),
    pytest.param(lambda: tasks.look_up(ID), "lookups", id="look up"),
    pytest.param(lambda: tasks.fire(ID, utc_now() + timedelta(seconds=9), utc_now()), "reminders", id="fire"),
    pytest.param(tasks.rescue, "inbox", id="rescue"),
]
AN_ID_OR_A_MOMENT = re.compile(r"[0-9a-f]{24}|\d{4}-\d\d-\d\dT[\d:.]+\+00:00")


@pytest.fixture(autouse=True)
def _not_quiet(stores_clean: Servers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "_quiet_until", 0.0)


def queued(name: str) -> list[dict]:
    """Return the tasks in a queue, as the broker holds them."""
    return [json.loads(raw) for raw in redis_client.client().lrange(name, 0, -1)]


@pytest.mark.parametrize(("hint", "queue"), HINTS)
def test_a_hint_is_in_its_queue_and_contains_ids_only(hint: Callable[[], None], queue: str) -> None:
    hint()
    assert {name: len(queued(name)) for name in QUEUES if queued(name)} == {queue: 1}
    task = queued(queue)[0]
    args, kwargs, _ = json.loads(base64.b64decode(task["body"]))
    flat = [text for arg in args for text in (arg if isinstance(arg, list) else [arg])]
    assert [text for text in flat if not AN_ID_OR_A_MOMENT.fullmatch(text)] == []
    assert kwargs == {}


def test_a_hint_is_the_message_that_celery_sends_by_itself() -> None:
    """Only the connection differs: a worker sees no difference."""
    tasks.look_up(ID)
    app.send_task("workers.notifications.look_up", args=[str(ID)])
    hint, by_celery = (_without_names(task) for task in reversed(queued("lookups")))
    assert hint == by_celery


def _without_names(task: dict) -> dict:
    """Return a task without its ids, its sender and `ignore_result`, which the settings set for all tasks."""
    names = ("id", "root_id", "origin", "ignore_result")
    headers = {name: value for name, value in task["headers"].items() if name not in names}
    own = ("correlation_id", "delivery_tag", "reply_to")
    properties = {name: value for name, value in task["properties"].items() if name not in own}
    return task | {"headers": headers, "properties": properties}


@pytest.mark.parametrize(("wait", "has_eta"), [(0, False), (3, True)])
def test_only_a_delayed_hint_has_an_eta(wait: float, has_eta: bool) -> None:
    tasks.settle(ID, wait)
    assert (queued("assignment")[0]["headers"]["eta"] is not None) is has_eta


def test_many_messages_are_enqueued_in_ordered_chunks() -> None:
    ids = [ObjectId() for _ in range(2 * SEND_CHUNK + 1)]
    tasks.send(ids, "bulk")
    chunks = [json.loads(base64.b64decode(task["body"]))[0][0] for task in reversed(queued("bulk"))]
    assert [len(chunk) for chunk in chunks] == [SEND_CHUNK, SEND_CHUNK, 1]
    assert [message_id for chunk in chunks for message_id in chunk] == [str(message_id) for message_id in ids]


def test_a_timer_beyond_the_visibility_timeout_is_never_queued() -> None:
    with pytest.raises(AssertionError):
        tasks.fire(ID, utc_now() + timedelta(hours=1), utc_now())


@pytest.fixture
def stuck_redis(servers: Servers) -> Iterator[None]:
    """Redis accepts connections and does not answer."""
    assert servers.redis.process is not None
    servers.redis.process.send_signal(signal.SIGSTOP)
    yield
    servers.redis.process.send_signal(signal.SIGCONT)


@pytest.mark.usefixtures("stuck_redis")
def test_a_stuck_broker_delays_only_the_first_hint() -> None:
    """The first hint waits for its time-out, the next hints do not wait; nothing is raised."""
    began = time.monotonic()
    tasks.follow(ID)
    first = time.monotonic() - began
    for _ in range(20):
        tasks.follow(ID)
    assert time.monotonic() - began - first < first
    assert shelf.keep("inbound", {}, {}, utc_now()) is False


def test_buffered_receipts_enqueue_nothing(stores_clean: Servers) -> None:
    """No task for each receipt: the worker of replies would be busy with them."""
    assert shelf.keep("receipt", {}, {}, utc_now())
    assert redis_client.client().llen("inbox") == 0
