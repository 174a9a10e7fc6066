"""Telling operations: an alarm is posted to OPS_WEBHOOK_URL as JSON with a `text`, as chat services take it."""

import redis
import requests

from config.settings import settings
from dispatch import broker

#: Seconds that their server may take.
SECONDS = 5
#: Seconds in which one alarm of a cause is enough.
ONCE_IN = 600
#: Seconds after which whoever was posting one has died.
POSTING_SECONDS = 30
_POSTING, _POSTED = "posting", "posted"


def was_told(cause: str) -> bool:
    """Whether an alarm of this cause was posted a moment ago, or nobody is to be told; False without Redis."""
    try:
        return not settings().ops_webhook_url or bool(broker.client().exists(_mark(cause)))
    except redis.RedisError:
        return False


def post(cause: str, text: str, **facts: str) -> bool:
    """Post an alarm, once for its cause in ten minutes; False while somebody else is at it.

    True also when it was posted before, or nobody is to be told. Raises requests.RequestException when it did not
    arrive, redis.RedisError when Redis does not answer.
    """
    url, mark = settings().ops_webhook_url, _mark(cause)
    if not url:
        return True
    if not broker.client().set(mark, _POSTING, nx=True, ex=POSTING_SECONDS):
        return broker.client().get(mark) == _POSTED
    try:
        requests.post(url, json={"text": text, **facts}, timeout=SECONDS).raise_for_status()
    except requests.RequestException:
        broker.client().delete(mark)
        raise
    broker.client().set(mark, _POSTED, ex=ONCE_IN)
    return True


def _mark(cause: str) -> str:
    return f"dispatch:alarm:{cause}"
