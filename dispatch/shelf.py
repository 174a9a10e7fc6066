"""The shelf: a buffer in Redis for webhook forms while MongoDB does not answer.

Inbound messages and receipts have separate lists: a claim is settled only when no inbound message waits here.
Each entry is signed with a key made of SECRET_KEY: whoever can write to Redis can't write as an agent.
"""

import hashlib
import hmac
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import redis

from config.settings import settings
from dispatch import redis_client

#: Lists in Redis: inbound messages, receipts, and forms that can never be saved. Never rename these keys.
RESCUED = "dispatch:rescued"
RECEIPTS = "dispatch:rescued:receipts"
SET_ASIDE = "dispatch:rescued:set_aside"
_SIGNATURE = "signature"


class NotSigned(ValueError):
    """This desk did not write the entry, or it had another SECRET_KEY at that time."""


def keep(kind: str, form: dict[str, Any], query: dict[str, str], arrived_at: datetime) -> bool:
    """Keep a webhook's form. Return False when Redis does not answer."""
    try:
        redis_client.client().rpush(RESCUED if kind == "inbound" else RECEIPTS, _written(kind, form, query, arrived_at))
    except redis.RedisError:
        return False
    return True


def keep_inbound(forms: Sequence[tuple[dict[str, str], datetime]]) -> None:
    """Keep inbound forms in one call, each with its arrival: no claim is settled before all are saved.

    Raises redis.RedisError.
    """
    if forms:
        redis_client.client().rpush(RESCUED, *(_written("inbound", form, {}, at) for form, at in forms))


def read(raw: str) -> dict[str, Any]:
    """Return an entry that this desk wrote: its kind, form, query and arrival (`at`). Raises NotSigned."""
    try:
        entry = json.loads(raw)
        signature = entry.pop(_SIGNATURE)
        signed = hmac.compare_digest(signature, _signature(entry))
    except (ValueError, RecursionError, AttributeError, KeyError, TypeError):
        signed = False
    if not signed:
        raise NotSigned
    return dict(entry)


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


def _written(kind: str, form: dict[str, str], query: dict[str, str], at: datetime) -> str:
    """Return an entry as it is kept."""
    entry = {"kind": kind, "form": form, "query": query, "at": at.isoformat()}
    return json.dumps({**entry, _SIGNATURE: _signature(entry)})


def _signature(entry: dict[str, Any]) -> str:
    """Return the signature of an entry. The key is not SECRET_KEY itself, which signs other values."""
    assert settings().web.secret_key  # `config.secret_settings.NEEDED` has the processes that read it
    key = hmac.digest(settings().web.secret_key.encode(), b"dispatch.shelf", hashlib.sha256)
    return hmac.digest(key, json.dumps(entry, sort_keys=True).encode(), hashlib.sha256).hex()
