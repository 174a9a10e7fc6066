"""An upgrade from version 0.1.0: its tasks in Redis and its documents in MongoDB still work."""

import json
from datetime import timedelta
from typing import Any

import pytest
from bson import ObjectId
from flask.testing import FlaskClient

from celery_app import app as celery
from config import queues
from dispatch import redis_client, shelf
from dispatch.actions.inbox import recovery
from dispatch.actions.operations import law_check
from dispatch.models import DOCUMENTS, Agent, Alarm, Job, Message, Offer, Timer
from dispatch.models.base.record import utc_now
from sandbox.twilio import PretendTwilio
from tests.cli.test_recover import NOBODY
from tests.talking import DirectTalk
from tests.version_0_1_0 import documents as old
from tests.version_0_1_0 import names, tasks

COLLECTIONS = {document._get_collection_name(): document for document in DOCUMENTS}


@pytest.fixture(autouse=True)
def _tasks_loaded(twilio: PretendTwilio) -> None:
    """Today's tasks, over empty stores and the pretend Twilio."""
    celery.loader.import_default_modules()


def insert(documents: dict[str, list[dict[str, Any]]]) -> None:
    for name, rows in documents.items():
        if rows:
            COLLECTIONS[name].collection().insert_many(rows)


def run(task: str) -> None:
    """Put a message of version 0.1.0 into Redis, receive it as a worker does, and run today's task."""
    queue, message = tasks.message_in_redis(task)
    redis_client.client().delete(queue)  # hints of earlier tasks
    redis_client.client().lpush(queue, message)
    with celery.connection_for_read() as connection, connection.SimpleQueue(queue) as simple:
        received = simple.get(timeout=5)
        received.ack()
    arguments, named, _ = received.payload
    celery.tasks[received.headers["task"]](*arguments, **named)


def work_all(talk: DirectTalk) -> None:
    """Do all waiting work."""
    for _ in range(3):
        talk.work()


def test_every_task_and_queue_of_version_0_1_0_exists() -> None:
    assert {task: queue for task, (queue, _) in tasks.TASKS.items()} == {
        task: route["queue"] for task, route in queues.ROUTES.items() if task in tasks.TASKS
    }
    assert set(tasks.TASKS) <= set(celery.tasks)
    consumed = {queue for group in queues.WORKERS.values() for queue in group}
    assert {queue for queue, _ in tasks.TASKS.values()} <= consumed


def test_every_collection_of_version_0_1_0_exists() -> None:
    assert set(old.documents(utc_now())) <= set(COLLECTIONS)


def test_tasks_of_version_0_1_0_do_the_work_of_its_documents(twilio: PretendTwilio) -> None:
    insert(old.documents(utc_now()))
    for task in tasks.TASKS:
        run(task)
    assert Message.get(names.MESSAGE).status == "handled"
    work_all(DirectTalk(twilio))
    job = Job.get(names.JOB)
    meaning = Message.get(names.MESSAGE).meaning
    assert (job.status, job.agent, job.unfollowed) == ("assigned", names.BISI, []), meaning
    assert {offer.agent: offer.state for offer in Offer.objects}[names.BISI] == "won"
    assert Agent.get(names.BISI).follow_up_at is None
    assert Alarm.get(names.ALARM).post_at is None
    assert Message.objects(status__in=["parked", "queued", "unknown"]).count() == 0


def test_unsigned_form_that_version_0_1_0_buffered_is_set_aside_and_then_recovered_from_twilio(
    twilio: PretendTwilio,
) -> None:
    insert({"agents": old.documents(utc_now())["agents"]})
    redis_client.client().rpush("dispatch:rescued", tasks.form_on_the_shelf(utc_now()))
    run("workers.inbox.rescue")
    assert shelf.counts() == {"waiting": 0, "receipts": 0, "set_aside": 1}
    assert Message.objects.count() == 0
    twilio.inbound_url = NOBODY
    twilio.say(names.BISI_PHONE, "help")
    recovery.recover(utc_now() - timedelta(days=1))
    assert [message.text for message in Message.objects(direction="inbound")] == ["help"]


def test_documents_of_version_0_1_0_break_no_law(twilio: PretendTwilio) -> None:
    insert(old.documents(utc_now()))
    for task in (
        "workers.inbox.handle",
        "workers.broadcasting.follow",
        "workers.broadcasting.catch_up",
        "workers.notifications.ring",
    ):
        run(task)
    work_all(DirectTalk(twilio))
    found = law_check.check(timedelta(seconds=60), days=7)
    assert found.offences == []
    assert (found.read["jobs"], found.read["timers"] > 0, found.read["messages"] > 6) == (1, True, True)


def test_documents_of_version_0_1_0_are_shown(api: FlaskClient) -> None:
    documents = old.documents(utc_now())
    insert(documents)
    for path in (
        "jobs/",
        "agents/",
        "messages/",
        f"jobs/{names.JOB}",
        f"jobs/{names.JOB}/offers",
        f"jobs/{names.JOB}/timers",
        f"jobs/{names.JOB}/timeline",
        f"jobs/{names.JOB}/agents/{names.ADA}",
        f"agents/{names.ADA}",
        "clients/client_old",
        "properties/prop_old",
        *(f"messages/{row['_id']}" for row in documents["messages"]),
    ):
        answer = api.get(f"/api/{path}")
        assert (path, answer.status_code) == (path, 200), answer.text
    assert api.get("/health/detail").json["parked"]


def test_messages_of_each_kind_of_version_0_1_0_are_sent_or_withdrawn(twilio: PretendTwilio) -> None:
    """Each waits to be sent, once for a job in each state: an unknown kind fails and stays queued or is parked."""
    now = utc_now()
    wrong = []
    for state in ("pending", "assigned", "approved", "in_progress", "completed", "cancelled"):
        _empty()
        event = "opened" if state == "pending" else state
        rows = [
            old.queued(now, kind, wording) for kind, wordings in names.MESSAGE_KINDS.items() for wording in wordings
        ]
        documents = {**old.documents(now), "jobs": [old.job(now, event, unfollowed=[])], "messages": rows}
        insert(documents)
        for row in rows:  # one by one: WhatsApp's pace for one person holds a crowd back
            redis_client.client().flushdb()
            celery.tasks["workers.notifications.send_replies"]([str(row["_id"])])
            found = Message.get(row["_id"])
            if found.status not in ("accepted", "withdrawn"):
                wrong.append((state, found.kind, found.wording, found.status, found.error))
    assert wrong == []


def test_timers_of_each_kind_of_version_0_1_0_fire(twilio: PretendTwilio) -> None:
    wrong = []
    for kind, state in names.TIMER_KINDS.items():
        _empty()
        now = utc_now()
        event = "opened" if state == "pending" else state
        row = old.timer(now, kind)
        insert({**old.documents(now), "jobs": [old.job(now, event, unfollowed=[])], "timers": [row], "messages": []})
        celery.tasks["workers.reminders.fire"](str(names.TIMER), row["due_at"].isoformat())
        timer = Timer.get(names.TIMER)
        if timer and (timer.error or timer.parked_at or not (timer.fired_at or timer.missed_at or timer.waiting)):
            wrong.append((kind, timer.to_json()))
    assert wrong == []


def test_events_of_each_name_of_version_0_1_0_are_followed_up(twilio: PretendTwilio) -> None:
    wrong = []
    for event in names.EVENTS:
        _empty()
        now = utc_now()
        insert({**old.documents(now), "jobs": [old.job(now, event)], "messages": []})
        celery.tasks["workers.broadcasting.follow"](str(names.JOB))
        job = Job.get(names.JOB)
        if job.unfollowed or job.set_aside or job.error:
            wrong.append((event, job.error))
    assert wrong == []


def _empty() -> None:
    for document in DOCUMENTS:
        document.collection().delete_many({})


def test_tasks_of_version_0_1_0_contain_ids_only() -> None:
    """The messages here are those of `send_task`: headers that today's Celery sends are in them, too."""
    _, message = tasks.message_in_redis("workers.inbox.handle")
    celery.send_task("workers.inbox.handle", [str(ObjectId())], ignore_result=True)
    today = json.loads(redis_client.client().lrange("inbox", 0, 0)[0])
    written = json.loads(message)
    assert written["headers"].keys() == today["headers"].keys()
    assert written["properties"].keys() == today["properties"].keys()
