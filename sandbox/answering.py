"""Check whether a process that the desk started answers. Initiate the replica set of the embedded MongoDB."""

import functools
import http.client
import socket
from typing import Any

import redis
from celery import Celery
from kombu.exceptions import OperationalError
from pymongo import MongoClient
from pymongo.database import Database
from pymongo.errors import OperationFailure, PyMongoError
from redis.backoff import NoBackoff
from redis.retry import Retry

HOST = "127.0.0.1"
REPLICA_SET = "rs0"
#: Seconds to wait for one answer of a store. The callers ask again, so a slower answer only costs time.
STORE_SECONDS = 5.0
_ALREADY_INITIALIZED = 23
_NOT_YET_INITIALIZED = 94


def is_primary(port: int, pid: int) -> bool:
    """Return whether the mongod with this pid is a primary. Initiate its replica set if it has none.

    The time-out ends only our waiting, never mongod's work: no option here sends maxTimeMS, as timeoutMS would. On a
    slow disk replSetInitiate takes seconds; cut off and repeated, it would never finish.
    """
    if not _listens(port):  # the driver would wait for its next heartbeat
        return False
    milliseconds = int(STORE_SECONDS * 1000)
    waits = ("connectTimeoutMS", "serverSelectionTimeoutMS", "socketTimeoutMS")
    options: dict[str, Any] = dict.fromkeys(waits, milliseconds)
    try:
        with MongoClient[dict[str, Any]](HOST, port, directConnection=True, **options) as client:
            admin = client.admin
            if admin.command("serverStatus")["pid"] != pid:
                return False
            if admin.command("hello").get("isWritablePrimary"):
                return True
            _set_up_replica_set(admin, f"{HOST}:{port}")
    except PyMongoError:
        return False
    return False


def _set_up_replica_set(admin: Database[dict[str, Any]], address: str) -> None:
    """Initiate the replica set. If an earlier start did so on another port, replace the port in its configuration."""
    members = [{"_id": 0, "host": address}]
    try:
        config = admin.command("replSetGetConfig")["config"]
    except OperationFailure as error:
        if error.code == _NOT_YET_INITIALIZED:
            _initiate(admin, members)
        return
    if config["members"][0]["host"] != address:
        config.update(version=config["version"] + 1, members=members)
        admin.command("replSetReconfig", config, force=True)


def _initiate(admin: Database[dict[str, Any]], members: list[dict[str, Any]]) -> None:
    """Initiate the replica set. An earlier call whose answer we did not wait for may still be at work, or be done."""
    try:
        admin.command("replSetInitiate", {"_id": REPLICA_SET, "members": members})
    except OperationFailure as error:
        if error.code != _ALREADY_INITIALIZED:
            raise


def _listens(port: int) -> bool:
    try:
        socket.create_connection((HOST, port), timeout=1).close()
    except OSError:
        return False
    return True


def is_redis(port: int, pid: int) -> bool:
    """Return whether the redis-server with this pid has read its files and answers."""
    try:
        with redis.Redis(HOST, port, socket_timeout=STORE_SECONDS, retry=Retry(NoBackoff(), 0)) as client:
            return client.ping() and client.info("server")["process_id"] == pid
    except redis.RedisError:
        return False


def is_worker(redis_url: str, name: str) -> bool:
    """Return whether the Celery worker of this name on this machine takes tasks."""
    node = f"{name}@{socket.gethostname()}"
    try:
        return bool(_celery(redis_url).control.ping(destination=[node], timeout=1.0, limit=1))
    except (OperationalError, redis.RedisError, OSError):
        return False


@functools.cache
def _celery(redis_url: str) -> Celery:
    """Return a Celery app that only asks questions; the product's own app would read all settings."""
    app = Celery("desk", broker=redis_url, set_as_current=False)
    app.conf.broker_transport_options = {"socket_timeout": 5, "socket_connect_timeout": 1}
    return app


def http_trouble(host: str, port: int, path: str) -> str | None:
    """Return what is wrong with the answer to a GET of this path. Return None if the status is 200."""
    connection = http.client.HTTPConnection(host, port, timeout=2)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        text = answer.read(500).decode(errors="replace").strip()
    except (OSError, http.client.HTTPException) as error:
        return f"{path} does not answer ({error})"
    finally:
        connection.close()
    return None if answer.status == http.HTTPStatus.OK else f"{path} answers {answer.status}: {text}"
