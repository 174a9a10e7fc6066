"""Telling whether an embedded store answers, as the very process that was started, and founding the replica set."""

import socket
from typing import Any

import redis
from pymongo import MongoClient
from pymongo.database import Database
from pymongo.errors import OperationFailure, PyMongoError
from redis.backoff import NoBackoff
from redis.retry import Retry

HOST = "127.0.0.1"
REPLICA_SET = "rs0"
_NOT_YET_INITIALIZED = 94


def is_primary(port: int, pid: int) -> bool:
    """Tell whether the mongod of this pid is a primary; make it one where it is not yet."""
    if not _listens(port):  # the driver would wait for its next heartbeat
        return False
    try:
        with MongoClient[dict[str, Any]](HOST, port, directConnection=True, timeoutMS=500) as client:
            admin = client.admin
            if admin.command("serverStatus")["pid"] != pid:
                return False
            if admin.command("hello").get("isWritablePrimary"):
                return True
            _found_replica_set(admin, f"{HOST}:{port}")
    except PyMongoError:
        return False
    return False


def _found_replica_set(admin: Database[dict[str, Any]], address: str) -> None:
    """Initiate the replica set, or tell one from an earlier start that its port is another now."""
    members = [{"_id": 0, "host": address}]
    try:
        config = admin.command("replSetGetConfig")["config"]
    except OperationFailure as error:
        if error.code == _NOT_YET_INITIALIZED:
            admin.command("replSetInitiate", {"_id": REPLICA_SET, "members": members})
        return
    if config["members"][0]["host"] != address:
        config.update(version=config["version"] + 1, members=members)
        admin.command("replSetReconfig", config, force=True)


def _listens(port: int) -> bool:
    try:
        socket.create_connection((HOST, port), timeout=1).close()
    except OSError:
        return False
    return True


def is_redis(port: int, pid: int) -> bool:
    """Tell whether the redis-server of this pid has read its files and answers."""
    try:
        with redis.Redis(HOST, port, socket_timeout=0.5, retry=Retry(NoBackoff(), 0)) as client:
            return client.ping() and client.info("server")["process_id"] == pid
    except redis.RedisError:
        return False
