"""Celery's way to Redis: kombu's own, which makes a client for each call, told to keep the one that it has made."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import redis
from kombu.transport import TRANSPORT_ALIASES
from kombu.transport.redis import Channel as KombuChannel
from kombu.transport.redis import Transport as KombuTransport


class Channel(KombuChannel):
    """Making a client of redis-py takes longer than asking Redis: a quarter of what a hint costs."""

    _kept: redis.Redis | None = None

    @contextmanager
    def conn_or_acquire(self, client: Any = None) -> Iterator[Any]:
        """Yield the client that is given, else the one kept: its connections are those of this channel's pool."""
        if client is None and (self._kept is None or self._kept.connection_pool is not self.pool):
            self._kept = self._create_client()
        yield client or self._kept


class Transport(KombuTransport):
    """Redis, by way of such channels."""

    Channel = Channel


def take() -> None:
    """Let `redis://` and `rediss://` go this way from now on, in this process."""
    for scheme in ("redis", "rediss"):
        TRANSPORT_ALIASES[scheme] = f"{Transport.__module__}:{Transport.__name__}"
