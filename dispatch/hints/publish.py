"""A hint is published: Celery's `send_task`, over a connection with short time-outs."""

import functools
from typing import Any

from kombu import Connection
from kombu.pools import producers

from celery_app import app
from config.settings import settings
from dispatch import redis_client

#: Seconds to wait for a free producer.
_PRODUCER_SECONDS = 1


def publish(task: str, args: list[Any], countdown: float) -> None:
    """Publish a task to its queue (`config.queues.ROUTES`), to run after `countdown` seconds.

    Raises KombuError, RedisError and OSError.
    """
    with producers[connection()].acquire(block=True, timeout=_PRODUCER_SECONDS) as producer:
        app.send_task(
            task,
            args,
            countdown=countdown if countdown > 0 else None,
            producer=producer,
            retry=False,
            ignore_result=True,
            add_to_parent=False,
        )


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
