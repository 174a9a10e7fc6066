"""Fixtures: a live desk, started once for all tests and wiped before each."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import mongoengine
import pytest
import redis
from pymongo import MongoClient

from dispatch import stores
from dispatch.models import DOCUMENTS
from sandbox import embedded
from tests.conftest import HOME, Servers
from tests.live.desk import LiveDesk


def wipe(desk: LiveDesk) -> None:
    """Delete all jobs, people and messages, in the desk and in the pretend Twilio."""
    desk.twilio.clear()
    with MongoClient(desk.environment["MONGODB_URI"]) as client:
        database = client[desk.environment["MONGODB_DB_NAME"]]
        for name in database.list_collection_names():
            database[name].delete_many({})


def a_desk(servers: Servers, name: str, number: int, **changes: object) -> LiveDesk:
    """Return a desk with its own databases in MongoDB and Redis. The caller starts its processes."""
    directory = Path(HOME) / name
    directory.mkdir()
    redis_url = servers.redis.uri.rsplit("/", 1)[0] + f"/{number}"
    with redis.Redis.from_url(redis_url) as client:
        client.flushdb()
    return LiveDesk(servers.mongodb.uri, redis_url, directory, name, **changes)


@pytest.fixture(scope="session")
def running_desk(servers: Servers) -> Iterator[LiveDesk]:
    """A desk with the processes of production."""
    desk = a_desk(servers, "live", 1)
    try:
        yield desk.start()
    finally:
        desk.stop()


@pytest.fixture(scope="module")
def stores_of_its_own(request: pytest.FixtureRequest) -> Iterator[tuple[LiveDesk, embedded.Server, embedded.Server]]:
    """A desk with its own MongoDB and Redis servers, which the test may stop."""
    name = f"stuck-{request.node.name.rpartition('/')[2].removesuffix('.py')}"
    mongodb = embedded.mongodb(HOME / f"{name}-mongodb", embedded.free_port())
    broker = embedded.redis(HOME / f"{name}-redis", embedded.free_port())
    with mongodb, broker:
        desk = a_desk(Servers(mongodb, broker), name, 0)
        try:
            yield desk.start(), mongodb, broker
        finally:
            desk.stop()


@contextmanager
def database_of(desk: LiveDesk) -> Iterator[None]:
    """Connect the test's documents and builders to a desk's database."""
    mongoengine.disconnect_all()
    mongoengine.connect(
        desk.environment["MONGODB_DB_NAME"],
        host=desk.environment["MONGODB_URI"],
        tz_aware=True,
        uuidRepresentation="standard",
    )
    for document in DOCUMENTS:
        document._collection = None
    try:
        yield
    finally:
        stores.connect()


@pytest.fixture
def in_its_database(desk: LiveDesk) -> Iterator[None]:
    """Connect the test's documents and builders to the running desk's database."""
    with database_of(desk):
        yield


@pytest.fixture
def desk(running_desk: LiveDesk) -> LiveDesk:
    """The running desk, without data."""
    wipe(running_desk)
    return running_desk
