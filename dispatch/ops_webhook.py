"""The webhook of operations: an alarm is posted to OPS_WEBHOOK_URL as JSON with a `text`, as chat services expect."""

import redis
import requests

from config.settings import settings
from dispatch import redis_client

#: Seconds that the server of operations may take.
SECONDS = 5
#: Seconds in which a cause is posted only once.
ONCE_IN = 600
#: Seconds after which a process that was posting an alarm counts as dead.
POSTING_SECONDS = 30
_POSTING, _POSTED = "posting", "posted"


class PostFailed(Exception):
    """The server of operations did not take an alarm; the message names the kind of failure."""


def was_told(cause: str) -> bool:
    """Whether an alarm of this cause was posted a moment ago, or nobody is to be told; False without Redis."""
    try:
        return not settings().operations.webhook_url or bool(redis_client.client().exists(_mark(cause)))
    except redis.RedisError:
        return False


def post(cause: str, text: str, **facts: str) -> bool:
    """Post an alarm, once for its cause in ten minutes; False while somebody else is at it.

    True also when it was posted before, or nobody is to be told. Raises PostFailed when it did not arrive,
    redis.RedisError when Redis does not answer.
    """
    url, mark = settings().operations.webhook_url, _mark(cause)
    if not url:
        return True
    if not redis_client.client().set(mark, _POSTING, nx=True, ex=POSTING_SECONDS):
        return redis_client.client().get(mark) == _POSTED
    try:
        requests.post(url, json={"text": text, **facts}, timeout=SECONDS).raise_for_status()
    except requests.RequestException as error:
        redis_client.client().delete(mark)
        raise PostFailed(type(error).__name__) from error
    redis_client.client().set(mark, _POSTED, ex=ONCE_IN)
    return True


def _mark(cause: str) -> str:
    return f"dispatch:alarm:{cause}"
