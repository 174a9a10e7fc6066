"""Alarms are posted to OPS_WEBHOOK_URL as JSON with a `text`, the format that chat services accept."""

import redis
import requests

from config.settings import settings
from dispatch import redis_client

#: Seconds that the server of operations has to answer.
SECONDS = 5
#: Seconds in which one alarm of a topic is posted.
ONCE_IN = 600
#: Seconds after which a worker that was posting an alarm is taken for dead.
POSTING_SECONDS = 30
_POSTING, _POSTED = "posting", "posted"


class PostFailed(Exception):
    """The server of operations did not accept an alarm; the message names the kind of failure."""


def was_posted(topic: str) -> bool:
    """Return whether an alarm of this topic was posted in the last ten minutes, or alarms are not posted at all.

    Return False if Redis does not answer.
    """
    try:
        return not settings().operations.webhook_url or redis_client.client().get(_mark(topic)) == _POSTED
    except redis.RedisError:
        return False


def post(topic: str, text: str, **facts: str) -> bool:
    """Post an alarm, at most one of its topic in ten minutes. Return False if another worker is posting one now.

    Return True also if one was posted before, or alarms are not posted at all. Raises PostFailed if it did not arrive,
    redis.RedisError if Redis does not answer.
    """
    url, mark = settings().operations.webhook_url, _mark(topic)
    if not url:
        return True
    if not redis_client.client().set(mark, _POSTING, nx=True, ex=POSTING_SECONDS):
        return redis_client.client().get(mark) == _POSTED
    if failure := _failure(url, {"text": text, **facts}):
        redis_client.client().delete(mark)
        raise PostFailed(failure)
    redis_client.client().set(mark, _POSTED, ex=ONCE_IN)
    return True


def _failure(url: str, alarm: dict[str, str]) -> str | None:
    """Return why an alarm did not arrive, without its address, which is a secret. Return None if it arrived.

    Nothing is raised from here: Flower shows an exception with the one that caused it, whose text has the address. A
    redirect is not followed: it would take the alarm to an address that nobody has set.
    """
    try:
        answer = requests.post(url, json=alarm, timeout=SECONDS, allow_redirects=False)
    except requests.RequestException as error:
        return type(error).__name__
    return None if 200 <= answer.status_code < 300 else f"status {answer.status_code}"


def _mark(topic: str) -> str:
    return f"dispatch:alarm:{topic}"
