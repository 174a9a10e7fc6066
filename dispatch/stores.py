"""Connections to MongoDB and Redis: time-outs, indexes, and pings for the health check."""

import threading
from collections.abc import Sequence

import mongoengine
import redis
from mongoengine.connection import get_db
from pymongo.errors import PyMongoError
from pymongo.monitoring import CommandListener

from config.settings import settings
from dispatch import redis_client
from dispatch.models import DOCUMENTS

#: Seconds that one call to MongoDB may take, retries included. Twilio waits 15 s for a webhook; our limit is 5 s.
MONGODB_SECONDS = 2.0

_prepared = threading.Event()


def connect(mongodb_seconds: float = MONGODB_SECONDS, listeners: Sequence[CommandListener] = ()) -> None:
    """Connect this process. Call this after fork; it does not wait for a server.

    `listeners` get every command to MongoDB (pymongo.monitoring).
    """
    disconnect()
    mongoengine.connect(
        settings().stores.mongodb_db_name,
        host=settings().stores.mongodb_uri,
        tz_aware=True,
        uuidRepresentation="standard",
        w="majority",
        journal=True,
        timeoutMS=int(mongodb_seconds * 1000),
        connectTimeoutMS=1000,
        serverSelectionTimeoutMS=int(mongodb_seconds * 1000),
        maxPoolSize=100,
        appname="dispatch",
        event_listeners=list(listeners),
    )


def disconnect() -> None:
    """Close this process's connections."""
    mongoengine.disconnect_all()
    for document in DOCUMENTS:
        document._collection = None
    redis_client.client.cache_clear()
    _prepared.clear()


def prepare() -> None:
    """Create all missing indexes, once per process. Raises PyMongoError."""
    if _prepared.is_set():
        return
    for document in DOCUMENTS:
        document.ensure_indexes()
    _prepared.set()


def ping_mongodb() -> bool:
    """Whether MongoDB answers as a primary."""
    try:
        return bool(get_db().client.admin.command("hello").get("isWritablePrimary"))
    except PyMongoError:
        return False


def ping_redis() -> bool:
    """Whether Redis answers."""
    try:
        return bool(redis_client.client().ping())
    except redis.RedisError:
        return False
