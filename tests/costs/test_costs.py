"""Store commands of each operation: the same on any machine, so this guard does not depend on time.

A number that rises here needs a reason; one that falls is to be written down, so that it stays.
"""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from bson import ObjectId
from flask.testing import FlaskClient

from config.queues import SEND_CHUNK
from dispatch import stores
from dispatch.actions import timers
from dispatch.actions.inbox import handling
from dispatch.actions.jobs import claims, events
from dispatch.hints import tasks
from dispatch.models import Timer
from dispatch.models.base.record import server_now, utc_now
from dispatch.rules.outbox.states import Lane
from sandbox.twilio import PretendTwilio
from tests.builders import (
    a_job,
    a_job_body,
    a_receipt_form,
    an_agent,
    an_inbound_form,
    an_offered_job,
    heard,
    kinds_to,
    lease,
    signed,
)
from tests.costs.counting import Listener, cost_of
from tests.pretending import a_message, send

INBOUND, STATUS = "/api/webhooks/twilio/whatsapp", "/api/webhooks/twilio/status"
#: Runs an operation and compares its number of commands to MongoDB and of calls to Redis.
Costs = Callable[..., None]


@pytest.fixture
def costs(stores_clean: object) -> Iterator[Costs]:
    """Counts commands. A different number fails with the list of commands."""
    listener = Listener()
    stores.connect(listeners=[listener])
    stores.prepare()
    _declare_queues()

    def hold(work: Callable[[], Any], *, mongodb: int | range, redis: int | range) -> None:
        asked, called = cost_of(work, listener)
        as_ever = _is(len(asked), mongodb) and _is(sum(called.values()), redis)
        assert as_ever, "\n".join([f"{len(asked)} and {sum(called.values())}:", *asked, str(dict(called))])

    yield hold
    stores.connect()


def _is(count: int, expected: int | range) -> bool:
    return count in expected if isinstance(expected, range) else count == expected


def _declare_queues() -> None:
    """The first hint to a queue declares the queue in Redis; this belongs to no operation."""
    nothing = ObjectId()
    for hint in (tasks.handle, tasks.settle, tasks.follow):
        hint(nothing)
    for lane in Lane:
        tasks.send([nothing], lane)
    tasks.fire(nothing, utc_now(), utc_now())


def posted(api: FlaskClient, path: str, form: dict[str, str]) -> None:
    """Post a form as Twilio does."""
    assert api.post(path, data=form, headers=signed(path, form)).status_code == 204


def test_cost_of_an_inbound_message(api: FlaskClient, costs: Costs) -> None:
    posted(api, INBOUND, an_inbound_form())
    costs(lambda: posted(api, INBOUND, an_inbound_form()), mongodb=1, redis=1)


def test_cost_of_a_repeated_inbound_message(api: FlaskClient, costs: Costs) -> None:
    form = an_inbound_form()
    posted(api, INBOUND, form)
    costs(lambda: posted(api, INBOUND, form), mongodb=1, redis=0)


def test_cost_of_a_receipt(api: FlaskClient, costs: Costs) -> None:
    """The first receipt comes before the answer to the POST; the next one needs no read."""
    message = lease(a_message().id, utc_now())
    path = f"{STATUS}?message={message.id}&attempt=1"
    for status, commands in (("sent", 3), ("delivered", 1), ("read", 1), ("delivered", 2)):
        form = a_receipt_form("SM" + "1" * 32, status)
        costs(lambda form=form: posted(api, path, form), mongodb=commands, redis=0)


@pytest.mark.parametrize("agents", [1, 300])
def test_cost_of_a_new_job(api: FlaskClient, costs: Costs, agents: int) -> None:
    for _ in range(agents):
        an_agent()
    api.post("/api/jobs/", json=a_job_body())
    costs(lambda: api.post("/api/jobs/", json=a_job_body()), mongodb=5, redis=1)


def test_only_the_last_write_of_a_new_job_waits_for_a_majority(api: FlaskClient) -> None:
    """Client and property come before the job in MongoDB's log: they are as safe as the job."""
    listener = Listener()
    stores.connect(listeners=[listener])
    stores.prepare()
    listener.asked.clear()
    listener.waited_for.clear()
    api.post("/api/jobs/", json=a_job_body())
    asked = list(listener.asked)
    stores.connect()
    assert [each for each in asked if not each.startswith("find ")] == [
        "findAndModify clients",
        "update contacts",
        "update properties",
        "insert jobs",
    ]
    assert listener.waited_for == [{"w": 1}, {"w": 1}, {"w": 1}, {"w": "majority", "j": True}]


def test_cost_of_a_page_of_jobs(api: FlaskClient, costs: Costs) -> None:
    for _ in range(25):
        api.post("/api/jobs/", json=a_job_body())
    costs(lambda: api.get("/api/jobs/"), mongodb=1, redis=0)


@pytest.mark.parametrize(
    ("agents", "asked"),
    [(1, {"mongodb": 16, "redis": 1}), (200, {"mongodb": 16, "redis": 2}), (400, {"mongodb": 22, "redis": 4})],
)
def test_cost_of_writing_offers(costs: Costs, agents: int, asked: dict[str, int]) -> None:
    for _ in range(agents):
        an_agent()
    job = a_job()
    costs(lambda: events.follow_up(job.id, utc_now()), **asked)


def test_cost_of_sending_a_message(twilio: PretendTwilio, costs: Costs) -> None:
    message = a_message()
    send(a_message())
    costs(
        lambda: send(message), mongodb=8, redis=3
    )  # for a whole batch: one read of the addresses, one of the opt-outs


def test_cost_of_sending_a_chunk_of_messages(twilio: PretendTwilio, costs: Costs) -> None:
    """The number of batches of a chunk depends on the speed of Twilio's answers."""
    messages = [a_message() for _ in range(SEND_CHUNK)]
    send(a_message())
    costs(lambda: send(*messages), mongodb=range(60), redis=range(60))
    assert len(twilio.outbox) == SEND_CHUNK + 1


def test_cost_of_a_yes(costs: Costs) -> None:
    ada = an_agent()
    job = an_offered_job()
    message = heard(ada, f"yes {job.code}")
    costs(lambda: handling.handle(message.id), mongodb=19, redis=1)
    costs(lambda: claims.settle(job.id, server_now() + timedelta(seconds=15)), mongodb=27, redis=2)  # with two timers
    assert kinds_to(ada) == ["offer", "assigned"]


@pytest.mark.parametrize("count", [1, 100])
def test_cost_of_scheduling_timers(costs: Costs, count: int) -> None:
    for _ in range(count):
        an_offered_job()
    soon = utc_now() + timedelta(seconds=30)
    Timer.objects.update(set__next_attempt_at=utc_now(), set__due_at=soon)
    costs(lambda: timers.arm(utc_now()), mongodb=range(3, 6), redis=1 + 2 * count)  # two timers for each job
