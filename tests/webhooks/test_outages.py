"""An acknowledged form is saved, although a store is killed or down and the form is repeated."""

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
    """Stores that may be killed, and the web app on them."""

    mongodb: embedded.Server
    redis: embedded.Server
    web: FlaskClient

    def hears(self, form: dict[str, str]) -> int:
        """Post a form as Twilio. Return the status of the answer."""
        return self.web.post(PATH, data=form, headers=signed(PATH, form)).status_code


def kill(server: embedded.Server) -> None:
    """Kill a store: everything in its memory is lost."""
    server.process.kill()
    server.process.wait()


@pytest.fixture(scope="module")
def own_servers() -> Iterator[tuple[embedded.Server, embedded.Server]]:
    """Stores for these tests only."""
    mongodb = embedded.mongodb(HOME / "killed-mongodb", embedded.free_port())
    redis = embedded.redis(HOME / "killed-redis", embedded.free_port())
    with mongodb, redis:
        yield mongodb, redis


@pytest.fixture
def own(
    own_servers: tuple[embedded.Server, embedded.Server], servers: Servers, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Own]:
    """The web app on its own stores, both running."""
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
    """Saved means journaled: the last form before the kill is saved, too."""
    forms = [an_inbound_form() for _ in range(20)]
    assert [own.hears(form) for form in forms] == [204] * 20
    kill(own.mongodb)
    own.mongodb.start()
    stores.connect()
    assert {message.twilio_sid for message in Message.objects} == {form["MessageSid"] for form in forms}


def test_messages_buffered_without_mongodb_keep_their_order_of_arrival(own: Own) -> None:
    """Ada's YES is buffered with the time of its webhook. Bisi's comes later, and is saved first."""
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
    with pytest.raises(claims.NotYet):  # a form is still buffered
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
    assert hinted("inbox") == []  # the message is not overdue yet
    sweep.sweep(utc_now() + timedelta(seconds=3))
    assert hinted("inbox") == [str(saved.id)]


def test_without_mongodb_and_redis_twilio_gets_503(own: Own) -> None:
    """After a 503 Twilio repeats the call or calls the fallback URL. Then the form is saved as usual."""
    form = an_inbound_form()
    kill(own.redis)
    kill(own.mongodb)
    assert own.hears(form) == 503
    own.redis.start()
    own.mongodb.start()
    stores.connect()
    assert own.hears(form) == 204
    rescue.save_messages()  # MongoDB failed a moment ago, so Redis is asked first
    assert Message.by_sid(form["MessageSid"])
