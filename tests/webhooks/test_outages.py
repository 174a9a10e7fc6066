"""What Twilio was told is saved, is saved: a store is killed or away, and the same form comes again and again."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient

from dispatch import redis_client, stores
from dispatch.actions.clock import sweep
from dispatch.actions.inbox import handling, rescue
from dispatch.actions.jobs import claims
from dispatch.app import create_app
from dispatch.hints import publish, tasks
from dispatch.models import Job, Message
from dispatch.models.base.record import server_now, utc_now
from sandbox import embedded
from tests.builders import an_agent, an_inbound_form, an_offered_job, heard, signed
from tests.conftest import HOME, Servers
from tests.pretending import hinted
from tests.settings import changed

PATH = "/api/webhooks/twilio/whatsapp"


@dataclass
class Own:
    """Stores that may be killed, and the web on them."""

    mongodb: embedded.Server
    redis: embedded.Server
    web: FlaskClient

    def hears(self, form: dict[str, str]) -> int:
        """Let Twilio post a form; the answer's status."""
        return self.web.post(PATH, data=form, headers=signed(PATH, form)).status_code


def kill(server: embedded.Server) -> None:
    """Kill a store: nothing in its memory gets to the disk any more."""
    server.process.kill()
    server.process.wait()


@pytest.fixture(scope="module")
def own_servers() -> Iterator[tuple[embedded.Server, embedded.Server]]:
    """Stores of these tests' own."""
    mongodb = embedded.mongodb(HOME / "killed-mongodb", embedded.free_port())
    redis = embedded.redis(HOME / "killed-redis", embedded.free_port())
    with mongodb, redis:
        yield mongodb, redis


@pytest.fixture
def own(own_servers: tuple[embedded.Server, embedded.Server], servers: Servers,
        monkeypatch: pytest.MonkeyPatch) -> Iterator[Own]:  # fmt: skip
    """The web on stores of its own, both there."""
    mongodb, redis = own_servers
    ours = changed(stores={"mongodb_uri": mongodb.uri, "redis_url": redis.uri})
    for module in (stores, redis_client, publish):
        monkeypatch.setattr(module, "settings", lambda: ours)
    monkeypatch.setattr(tasks, "QUIET_SECONDS", 0.0)
    publish.connection.cache_clear()
    stores.connect()
    stores.prepare()
    Message.objects.delete()
    redis_client.client().flushdb()
    yield Own(mongodb, redis, create_app().test_client())
    monkeypatch.undo()
    publish.connection.cache_clear()
    stores.connect()


def test_an_answered_message_survives_a_kill_of_mongodb(own: Own) -> None:
    """Saved means journaled: the very last form before the kill is there as well."""
    forms = [an_inbound_form() for _ in range(20)]
    assert [own.hears(form) for form in forms] == [204] * 20
    kill(own.mongodb)
    own.mongodb.start()
    stores.connect()
    assert {message.twilio_sid for message in Message.objects} == {form["MessageSid"] for form in forms}


def test_messages_buffered_without_mongodb_keep_their_order_of_arrival(own: Own) -> None:
    """Ada's YES lies on the shelf, with the moment of the webhook; Bisi's comes when MongoDB is back, before it."""
    ada, bisi = an_agent(name="Ada"), an_agent(name="Bisi")
    job = an_offered_job()
    hers = an_inbound_form(phone=ada.phone, Body="yes")
    kill(own.mongodb)
    before = datetime.now(UTC)
    assert own.hears(hers) == 204
    after = datetime.now(UTC)
    own.mongodb.start()
    stores.connect()
    later = heard(bisi, "yes")
    handling.handle(later.id)
    with pytest.raises(claims.NotYet):  # while the shelf is not empty
        claims.settle(job.id, server_now() + timedelta(seconds=1))
    sweep.sweep(utc_now())
    saved = Message.by_sid(hers["MessageSid"])
    assert before - timedelta(milliseconds=1) <= saved.received_at <= after
    assert saved.received_at < later.received_at
    handling.handle(saved.id)
    claims.settle(job.id, server_now() + timedelta(seconds=2))
    assert Job.get(job.id).agent == ada.id


def test_a_message_saved_without_redis_is_enqueued_by_the_sweep(own: Own) -> None:
    form = an_inbound_form()
    kill(own.redis)
    assert own.hears(form) == 204
    own.redis.start()
    saved = Message.by_sid(form["MessageSid"])
    sweep.sweep(utc_now())
    assert hinted("inbox") == []  # it is not overdue yet
    sweep.sweep(utc_now() + timedelta(seconds=3))
    assert hinted("inbox") == [str(saved.id)]


def test_without_mongodb_and_redis_twilio_gets_503(own: Own) -> None:
    """503 makes Twilio try again, or ask the fallback URL; then it is taken like any other."""
    form = an_inbound_form()
    kill(own.redis)
    kill(own.mongodb)
    assert own.hears(form) == 503
    own.redis.start()
    own.mongodb.start()
    stores.connect()
    assert own.hears(form) == 204
    rescue.save_messages()  # where MongoDB was away a moment ago, it is asked last
    assert Message.by_sid(form["MessageSid"])
