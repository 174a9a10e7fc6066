"""A hint is published: a message of Celery's task protocol 2, by a producer of kombu.

Celery documents the protocol for other senders. Its own `send_task` takes twice the time: it looks up routes, queues to
declare and listeners for each task (decision 6).
"""

import functools
import os
import socket
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from kombu import Connection
from kombu.pools import producers

from celery_app import app
from config.queues import ROUTES
from config.settings import settings
from dispatch import redis_client

#: Seconds to wait for a free producer.
_PRODUCER_SECONDS = 1
#: The part of a message's body for chains and callbacks, which no task has.
_NO_CALLBACKS = {"callbacks": None, "errbacks": None, "chain": None, "chord": None}


def publish(task: str, args: list[Any], countdown: float) -> None:
    """Publish a task to its queue (`config.queues.ROUTES`), to run after `countdown` seconds.

    Raises KombuError, RedisError and OSError.
    """
    id_ = str(uuid.uuid4())
    eta = (datetime.now(UTC) + timedelta(seconds=countdown)).isoformat() if countdown > 0 else None
    with producers[connection()].acquire(block=True, timeout=_PRODUCER_SECONDS) as producer:
        producer.publish(
            [args, {}, _NO_CALLBACKS],
            exchange="",
            routing_key=ROUTES[task]["queue"],
            headers=_headers(task, id_, args, eta),
            correlation_id=id_,
            reply_to="",
            serializer="json",
            retry=False,
        )


def _headers(task: str, id_: str, args: list[Any], eta: str | None) -> dict[str, Any]:
    """Return the headers of a task. Source: Celery's documentation, "Message Protocol", version 2."""
    return {
        "lang": "py",
        "task": task,
        "id": id_,
        "root_id": id_,
        "parent_id": None,
        "group": None,
        "group_index": None,
        "shadow": None,
        "eta": eta,
        "expires": None,
        "retries": 0,
        "timelimit": [None, None],
        "argsrepr": repr(args),
        "kwargsrepr": "{}",
        "origin": f"{os.getpid()}@{socket.gethostname()}",
        "ignore_result": True,
        "replaced_task_nesting": 0,
        "stamped_headers": None,
        "stamps": {},
    }


@functools.cache
def connection() -> Connection:
    """Return the connection for hints. A hint must fail sooner than the connection of a worker's consumer."""
    return Connection(
        settings().stores.redis_url,
        transport_options={
            **app.conf.broker_transport_options,
            "socket_timeout": redis_client.REDIS_SECONDS,
            "socket_connect_timeout": redis_client.REDIS_SECONDS,
            "max_retries": 0,
        },
    )
