"""Every query that messages and timers make finds an index, and reads little of it: MongoDB's profiler tells."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from bson import ObjectId
from mongoengine.connection import get_db

from dispatch.models import Message, Timer
from dispatch.models.record import utc_now
from dispatch.rules.delivery import MessageState
from tests.conftest import Servers
from tests.pretending import LONG_AGO, a_message

NOW = utc_now()
CROWD, FEW = 400, 80
SOMEBODY, SID = "+2348039999999", "SM" + "9" * 32


@pytest.fixture(scope="module")
def crowd(servers: Servers) -> Iterator[None]:
    """A history of finished messages and timers, among which a few matter."""
    done = {"created_at": NOW - timedelta(days=9), "status": "read", "revision": 1, "attempts": []}
    outbound = [
        {**done, "direction": "outbound", "phone": SOMEBODY if n % 2 else f"+{n}",
         "key": f"old{n}", "twilio_sid": f"SMold{n}", "kind": "offer"} for n in range(CROWD)
    ]  # fmt: skip
    inbound = [
        {**done, "direction": "inbound", "phone": SOMEBODY, "twilio_sid": f"SMin{n}",
         "received_at": NOW - timedelta(days=9), "status": "handled"} for n in range(CROWD)
    ]  # fmt: skip
    for document in (Message, Timer):
        document.collection().delete_many({})
    Message.collection().insert_many(
        [{"_id": _old_id()} | each for pair in zip(outbound, inbound, strict=True) for each in pair]
    )
    Timer.collection().insert_many(
        [{"job": ObjectId(), "kind": "expiry", "due_at": NOW, "version": 1, "fired_at": NOW} for _ in range(CROWD)]
    )
    yield
    for document in (Message, Timer):
        document.collection().delete_many({})


def _old_id() -> ObjectId:
    return ObjectId(ObjectId.from_datetime(NOW - timedelta(days=9)).binary[:4] + ObjectId().binary[4:])


def profiled(work: Callable[[], Any]) -> list[dict[str, Any]]:
    """Do the work and return what MongoDB's profiler noted of its commands."""
    database = get_db()
    database.command("profile", 0)
    database.drop_collection("system.profile")
    database.command("profile", 2)
    try:
        work()
    finally:
        database.command("profile", 0)
    return list(database["system.profile"].find({"ns": {"$regex": r"\.(messages|timers)$"}}))


def sent_one() -> None:
    message = a_message(phone=SOMEBODY)
    Message.sendable([message.id], NOW)
    Message.lease_sending(message.id, utc_now())
    Message.outcome(message.id, 1, MessageState.UNKNOWN, NOW, again_at=NOW)
    found = Message.lease_look_up(message.id, NOW, NOW)
    Message.found_nothing(found)
    Message.outcome(message.id, 1, MessageState.SENT, NOW, sid=SID)
    Message.by_sid(SID)
    Message._disown(SID, ObjectId(), NOW)


def heard_one() -> None:
    message_id = Message.arrive(SID, {"phone": SOMEBODY, "text": "yes"}, NOW)
    message = Message.lease_next(SOMEBODY, utc_now())
    Message.understand(message, {"word": "yes"})
    Message.unhandled_before(message.received_at, message.id)
    Message.handled(message_id)


def overdue_ones() -> None:
    late = [a_message(written_ago=LONG_AGO) for _ in range(5)]
    Message.arrive(SID, {"phone": "+1", "text": ""}, NOW - LONG_AGO)
    assert len(Message.overdue_to_send(utc_now())) == len(late)
    assert len(Message.overdue_to_handle(utc_now())) == 1
    Message.push_on(late[0].id, late[0].next_attempt_at, NOW)


def timed_ones() -> None:
    timer = Timer.set(ObjectId(), "expiry", NOW, 1, 60)
    Timer.set(timer.job, "expiry", NOW, 2, 60)
    Timer.arm(utc_now(), 5)
    leased = Timer.lease(timer.id, NOW, NOW, 20)
    Timer.finish(leased, NOW)


@pytest.mark.parametrize(
    "work",
    [
        pytest.param(sent_one, id="send, look up, report"),
        pytest.param(heard_one, id="hear, lease, understand"),
        pytest.param(overdue_ones, id="sweep"),
        pytest.param(timed_ones, id="set, arm, fire"),
        pytest.param(lambda: Message.said_to(SOMEBODY, utc_now()), id="said to"),
        pytest.param(lambda: Message.first_tried(["old1", "old2", ""]), id="first tried"),
        pytest.param(lambda: Message.by_keys(["old1", "old2"]), id="by keys"),
        pytest.param(lambda: Message.last_of_kind(SOMEBODY, ["help_agent"], NOW - LONG_AGO), id="last of a kind"),
        pytest.param(
            lambda: Message.withdraw({"phone": SOMEBODY, "kind": "offer", "direction": "outbound"}), id="withdraw"
        ),
    ],
)
def test_each_query_reads_an_index_and_little_of_it(crowd: None, work: Callable[[], Any]) -> None:
    Message.collection().delete_many({"_id": {"$gt": ObjectId.from_datetime(NOW - timedelta(days=1))}})
    plans = [noted for noted in profiled(work) if noted.get("planSummary")]
    assert plans
    for noted in plans:
        about = (noted["command"], noted["planSummary"])
        assert "COLLSCAN" not in noted["planSummary"], about
        assert not noted.get("hasSortStage"), about
        assert noted.get("keysExamined", 0) <= FEW, about
