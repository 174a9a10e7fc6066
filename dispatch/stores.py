"""Connecting to MongoDB and Redis (after fork), their time-outs, indexes, and pings for /health."""

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

#: Seconds that one call to MongoDB may take, retries included: Twilio waits 15 s for a webhook and we promise 5.
MONGODB_SECONDS = 2.0

_prepared = threading.Event()


def connect(mongodb_seconds: float = MONGODB_SECONDS, listeners: Sequence[CommandListener] = ()) -> None:
    """Connect this process; call it after fork. Connecting itself waits for no server.

    `listeners` are told of every command to MongoDB (pymongo.monitoring).
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
    """Forget this process's connections."""
    mongoengine.disconnect_all()
    for document in DOCUMENTS:
        document._collection = None
    redis_client.client.cache_clear()
    _prepared.clear()


def prepare() -> None:
    """Make sure that every index exists; costs one flag check once it has worked. Raises PyMongoError."""
    if _prepared.is_set():
        return
    for document in DOCUMENTS:
        document.ensure_indexes()
    _prepared.set()


def ping_mongodb() -> bool:
    """Tell whether MongoDB answers as a primary."""
    try:
        return bool(get_db().client.admin.command("hello").get("isWritablePrimary"))
    except PyMongoError:
        return False


def ping_redis() -> bool:
    """Tell whether Redis answers."""
    try:
        return bool(redis_client.client().ping())
    except redis.RedisError:
        return False
