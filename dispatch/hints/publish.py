"""How a hint reaches Redis: a task as Celery's workers read it, published by kombu."""

import functools
import uuid
from typing import Any

from kombu import Connection
from kombu.pools import producers

from celery_app import app
from config.queues import ROUTES
from config.settings import settings
from dispatch import redis_client


def publish(task: str, args: list[Any], countdown: float) -> None:
    """Do what Celery's `send_task` does here: it would look for routes, queues to declare and listeners, each time.

    `countdown` is in seconds. Raises KombuError, RedisError and OSError.
    """
    message = app.amqp.as_task_v2(
        str(uuid.uuid4()), task, args, {}, countdown=countdown if countdown > 0 else None, ignore_result=True
    )
    with producers[connection()].acquire(block=True, timeout=1) as producer:
        producer.publish(
            message.body,
            exchange="",
            routing_key=ROUTES[task]["queue"],
            headers=message.headers,
            serializer="json",
            retry=False,
            **message.properties,
        )


@functools.cache
def connection() -> Connection:
    """Return the connection for hints: a worker's consumer needs a longer socket time-out than a hint may take."""
    return Connection(
        settings().stores.redis_url,
        transport_options={
            **app.conf.broker_transport_options,
            "socket_timeout": redis_client.REDIS_SECONDS,
            "socket_connect_timeout": redis_client.REDIS_SECONDS,
            "max_retries": 0,
        },
    )
