"""The shelf: a buffer in Redis for webhook forms while MongoDB does not answer.

Inbound messages and receipts have separate lists: a claim is settled only when no inbound message waits here.
"""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import redis

from dispatch import redis_client

#: Lists in Redis: inbound messages, receipts, and forms that can never be saved. Never rename these keys.
RESCUED = "dispatch:rescued"
RECEIPTS = "dispatch:rescued:receipts"
SET_ASIDE = "dispatch:rescued:set_aside"


def keep(kind: str, form: dict[str, Any], query: dict[str, str], arrived_at: datetime) -> bool:
    """Keep a webhook's form. Return False when Redis does not answer."""
    entry = {"kind": kind, "form": form, "query": query, "at": arrived_at.isoformat()}
    try:
        redis_client.client().rpush(RESCUED if kind == "inbound" else RECEIPTS, json.dumps(entry))
    except redis.RedisError:
        return False
    return True


def keep_inbound(forms: Sequence[tuple[dict[str, str], datetime]]) -> None:
    """Keep inbound forms in one call, each with its arrival: no claim is settled before all are saved.

    Raises redis.RedisError.
    """
    entries = [{"kind": "inbound", "form": form, "query": {}, "at": at.isoformat()} for form, at in forms]
    if entries:
        redis_client.client().rpush(RESCUED, *map(json.dumps, entries))


def messages_wait() -> bool:
    """Return whether inbound messages wait on the shelf. Raises redis.RedisError."""
    return bool(redis_client.client().llen(RESCUED))


def counts() -> dict[str, int]:
    """Return how many messages (`waiting`), `receipts` and `set_aside` forms are here. Raises redis.RedisError."""
    lists = {"waiting": RESCUED, "receipts": RECEIPTS, "set_aside": SET_ASIDE}
    return {name: int(redis_client.client().llen(key)) for name, key in lists.items()}


def entries(key: str = RESCUED) -> list[str]:
    """Return the first 1,000 entries as JSON, oldest first. Raises redis.RedisError."""
    return [str(raw) for raw in redis_client.client().lrange(key, 0, 999)]


def remove(raw: str, key: str = RESCUED) -> None:
    """Remove an entry that was saved."""
    redis_client.client().lrem(key, 1, raw)


def set_aside(raw: str, key: str = RESCUED) -> None:
    """Move an entry that can never be saved to the list for manual inspection."""
    if redis_client.client().lrem(key, 1, raw):
        redis_client.client().rpush(SET_ASIDE, raw)
