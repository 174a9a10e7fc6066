"""This process's Redis client. Time-outs are short and nothing is retried: a stuck Redis must not block requests."""

import functools

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from config.settings import settings

#: Seconds that one call may take.
REDIS_SECONDS = 1.0


@functools.cache
def client() -> redis.Redis:
    """Return the client. Call this after fork: the first use opens a connection."""
    return redis.Redis.from_url(
        settings().stores.redis_url,
        socket_timeout=REDIS_SECONDS,
        socket_connect_timeout=REDIS_SECONDS,
        retry=Retry(NoBackoff(), 0),
        decode_responses=True,
        encoding_errors="surrogateescape",  # an entry that is no text is read and removed like any other
    )
