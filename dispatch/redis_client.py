"""This process's Redis client: short time-outs and no silent retries, so that nobody waits for a stuck Redis."""

import functools

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from config.settings import settings

#: Seconds that one call may take.
REDIS_SECONDS = 1.0


@functools.cache
def client() -> redis.Redis:
    """Return the client; connections are opened on first use, so call it after fork."""
    return redis.Redis.from_url(
        settings().stores.redis_url,
        socket_timeout=REDIS_SECONDS,
        socket_connect_timeout=REDIS_SECONDS,
        retry=Retry(NoBackoff(), 0),
        decode_responses=True,
    )
