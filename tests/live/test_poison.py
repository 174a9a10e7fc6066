"""Bad tasks on a real worker: unknown tasks are dropped, a task that kills its worker is given up, others continue."""

import base64
import json
import shutil
from collections.abc import Iterator
from typing import Any

import mongoengine
import pytest
import redis
from bson import ObjectId
from celery import Celery

from config.queues import WORKERS
from dispatch import stores
from dispatch.actions.inbox import arrivals
from dispatch.models import DOCUMENTS, Message
from dispatch.models.base.record import utc_now
from dispatch.rules import failures
from tests.builders import a_phone, an_inbound_form
from tests.conftest import Servers
from tests.live.desk import LiveDesk
from tests.live.fixtures import a_desk
from tests.version_0_1_0 import tasks
from tests.waiting import until

SECRET = "+2348030000000 told me"


@pytest.fixture
def poisoned(servers: Servers) -> Iterator[LiveDesk]:
    """A desk without processes. The test's documents are connected to its database."""
    desk = a_desk(servers, "poisoned", 7)
    mongoengine.disconnect_all()
    mongoengine.connect(
        desk.environment["MONGODB_DB_NAME"],
        host=desk.environment["MONGODB_URI"],
        tz_aware=True,
        uuidRepresentation="standard",
    )
    for document in DOCUMENTS:
        document._collection = None
        document.ensure_indexes()
        document.collection().delete_many({})
    desk.twilio.start()
    yield desk
    desk.stop()
    shutil.rmtree(desk.directory)
    stores.connect()


def wait_for_worker(desk: LiveDesk) -> None:
    until(lambda: desk.all_run() and b" ready." in desk.log("core"), 20, "a ready worker")


def lines(desk: LiveDesk, event: str) -> list[dict[str, Any]]:
    """Return the worker's log lines of an event."""
    rows = (line for line in desk.log("core").decode().splitlines() if line.startswith("{"))
    return [row for row in map(json.loads, rows) if row["event"] == event]


def test_unknown_tasks_and_arguments_are_dropped_with_one_warning_each(poisoned: LiveDesk) -> None:
    """Unknown names, ids and arguments leave nothing in Redis and are not retried; the worker continues."""
    sender = Celery(broker=poisoned.environment["REDIS_URL"])
    strange: list[tuple[str, str, list[Any]]] = [
        ("workers.of_tomorrow.fly", "inbox", [SECRET]),
        ("workers.inbox.handle", "inbox", [str(ObjectId())]),
        ("workers.inbox.handle", "inbox", [SECRET]),
        ("workers.inbox.handle", "inbox", []),
        ("workers.inbox.handle", "inbox", [None, SECRET]),
        ("workers.assignment.settle", "assignment", [str(ObjectId())]),
        ("workers.broadcasting.follow", "broadcasting", [str(ObjectId())]),
        ("workers.broadcasting.catch_up", "broadcasting", [str(ObjectId())]),
        ("workers.notifications.send_replies", "replies", [[str(ObjectId())]]),
        ("workers.notifications.send_bulk", "bulk", [SECRET]),
        ("workers.notifications.look_up", "lookups", [{"id": SECRET}]),
        ("workers.notifications.alert", "lookups", [str(ObjectId())]),
        ("workers.reminders.fire", "reminders", [str(ObjectId()), SECRET]),
        ("workers.sweeps.sweep", "sweeps", [SECRET]),
    ]
    sent = {sender.send_task(name, args=args, queue=queue).id: name for name, queue, args in strange}
    poisoned.start_worker("core", app="tests.faults.hasty", concurrency=1, FAULT_KILL="")
    wait_for_worker(poisoned)
    dropped = until(lambda: len(found := lines(poisoned, "task dropped")) >= len(sent) and found, 10, "all dropped")
    assert {row["task_id"]: row["task"] for row in dropped} == sent
    assert {row["level"] for row in dropped} == {"warning"}
    arrivals.save(form := an_inbound_form(Body="hello"))
    sender.send_task("workers.inbox.handle", args=[str(Message.by_sid(form["MessageSid"]).id)], queue="inbox")
    until(lambda: Message.by_sid(form["MessageSid"]).status == "handled", 10, "the worker goes on")
    with redis.Redis.from_url(poisoned.environment["REDIS_URL"]) as broker:
        queues = [queue for each in WORKERS.values() for queue in each]
        until(lambda: not any(broker.llen(queue) for queue in queues), 5, "empty queues")
        until(lambda: (broker.hlen("unacked"), broker.zcard("unacked_index")) == (0, 0), 5, "nothing unacknowledged")
    assert len(lines(poisoned, "task dropped")) == len(sent)
    log = poisoned.log("core").decode()
    assert SECRET not in log
    assert "Traceback" not in log


def a_task(**headers: Any) -> dict[str, Any]:
    """Return a task as it is in Redis, with some headers replaced."""
    _, message = tasks.message_in_redis("workers.inbox.rescue")
    task: dict[str, Any] = json.loads(message)
    return task | {"headers": task["headers"] | headers}


def with_body(body: bytes) -> dict[str, Any]:
    """Return a task with another body."""
    return a_task() | {"body": base64.b64encode(body).decode()}


BAD_ENTRIES: list[Any] = [
    b"\xff\xfe" + SECRET.encode(),
    SECRET.encode(),
    b"[" * 100_000,
    *[None, 7, "x", [], {}, {"body": SECRET}, {"properties": 3}],
    {"properties": {"delivery_tag": None}, "headers": {"task": SECRET}},
    {"properties": {"delivery_tag": []}, "body": "x"},
    a_task() | {"headers": 3},
    a_task() | {"headers": ["task"]},
    *[a_task() | {"body": body} for body in (3, "%%%", "W1s=", [SECRET], None)],
    a_task() | {"content-encoding": "klingon"},
    a_task() | {"content-type": "application/x-python-serialize"},
    a_task() | {"properties": a_task()["properties"] | {"body_encoding": "rot13"}},
    *[
        with_body(body)
        for body in (
            b"7",
            b"{}",
            b"null",
            b"[]",
            b"[1,2,3]",
            b"[[], {}, 3]",
            b"[{}, {}, {}]",
            b'{"args": [], "task": "x"}',
            b"\xff",
            b"[" * 50_000,
        )
    ],
    *[a_task(task=name) for name in (None, 3, {}, ["x"])],
    *[a_task(id=id_) for id_ in (None, 3, {}, ["x"])],
    *[a_task(eta=eta) for eta in (3, "never", {})],
    *[a_task(expires=expires) for expires in ("never", {}, 10**400)],
    *[a_task(timelimit=limit) for limit in (3, "x", [1], [SECRET, {}])],
    *[a_task(retries=retries) for retries in ("x", {})],
    *[a_task(**{name: {}}) for name in ("argsrepr", "origin", "stamps", "stamped_headers", "root_id", "group", "lang")],
]


def test_queue_entries_that_are_no_tasks_end_no_worker_and_leave_nothing_in_redis(poisoned: LiveDesk) -> None:
    poisoned.start_worker("core", concurrency=1)
    wait_for_worker(poisoned)
    sender = Celery(broker=poisoned.environment["REDIS_URL"])
    queues = [queue for each in WORKERS.values() for queue in each]
    with redis.Redis.from_url(poisoned.environment["REDIS_URL"]) as broker:
        for number, entry in enumerate(BAD_ENTRIES):
            broker.lpush(queues[number % len(queues)], entry if isinstance(entry, bytes) else json.dumps(entry))
        arrivals.save(form := an_inbound_form(Body="hello"))
        sender.send_task("workers.inbox.handle", args=[str(Message.by_sid(form["MessageSid"]).id)], queue="inbox")
        until(lambda: poisoned.all_run() and not any(map(broker.llen, queues)), 20, "empty queues")
        until(lambda: Message.by_sid(form["MessageSid"]).status == "handled", 10, "the worker goes on")
        until(lambda: (broker.hlen("unacked"), broker.zcard("unacked_index")) == (0, 0), 10, "nothing unacknowledged")
    assert poisoned.all_run()
    assert len(lines(poisoned, "task dropped")) >= 20
    assert SECRET not in poisoned.log("core").decode()


def test_message_that_kills_its_worker_six_times_is_parked_and_others_are_handled(poisoned: LiveDesk) -> None:
    """Each handling of a message ends in SIGKILL. After six it is parked; its sender's next message is handled."""
    phone = a_phone()
    forms = [an_inbound_form(phone=who, Body="hello") for who in (phone, phone, a_phone())]
    for form in forms:
        arrivals.save(form)
    poison, next_one, other = (Message.by_sid(form["MessageSid"]) for form in forms)
    Message.objects.update(next_attempt_at=utc_now())
    poisoned.start_worker(
        "core", app="tests.faults.hasty", FAULT_KILL="update:1", FAULT_KILL_ABOUT=str(poison.id), LOG_LEVEL="INFO"
    )
    poisoned.start_beat()
    wait_for_worker(poisoned)

    def states() -> list[str]:
        return [Message.get(each.id).status for each in (poison, next_one, other)]

    until(lambda: states() == ["parked", "handled", "handled"], 15, "poison parked, others handled")
    parked = Message.get(poison.id)
    assert (parked.tries, parked.error) == (failures.MOST_TRIES + 1, failures.WORKER_LOST)
    assert poisoned.log("core").count(b"SIGKILL") >= failures.MOST_TRIES
    assert [row["message"] for row in lines(poisoned, "inbound message parked")] == [str(poison.id)]
