"""Telling operations: an alarm is posted to OPS_WEBHOOK_URL as JSON with a `text`, as chat services take it."""

import requests

from config.settings import settings
from dispatch import broker

#: Seconds that their server may take.
SECONDS = 5
#: Seconds in which one alarm of a cause is enough.
ONCE_IN = 600


def post(cause: str, text: str, **facts: str) -> bool:
    """Post an alarm, once for its cause in ten minutes; False when that was done, or nobody is to be told.

    Raises requests.RequestException when it did not arrive, redis.RedisError when Redis does not answer.
    """
    url, mark = settings().ops_webhook_url, f"dispatch:alarm:{cause}"
    if not url or not broker.client().set(mark, 1, nx=True, ex=ONCE_IN):
        return False
    try:
        requests.post(url, json={"text": text, **facts}, timeout=SECONDS).raise_for_status()
    except requests.RequestException:
        broker.client().delete(mark)
        raise
    return True
