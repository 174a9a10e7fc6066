"""Connections for commands: a store that does not answer ends the command with one line and exit code 2."""

from collections.abc import Iterator
from contextlib import contextmanager

import click
import redis
from pymongo.errors import PyMongoError

from dispatch import stores

#: Seconds that one call to MongoDB may take. A command reads a lot, and no request waits for it.
MONGODB_SECONDS = 60.0
NO_STORE = 2


@contextmanager
def connected(redis_too: bool = True, mongodb_seconds: float = MONGODB_SECONDS) -> Iterator[None]:
    """Connect the stores for the block. End the command if a store does not answer in time."""
    stores.connect()
    try:
        if not stores.ping_mongodb():
            _end("MongoDB does not answer, or is not the primary")
        if redis_too and not stores.ping_redis():
            _end("Redis does not answer")
        stores.connect(mongodb_seconds)
        yield
    except PyMongoError as error:
        _end(f"MongoDB: {type(error).__name__}")
    except redis.RedisError as error:
        _end(f"Redis: {type(error).__name__}")
    finally:
        stores.disconnect()


def _end(why: str) -> None:
    click.echo(f"Error: {why}.", err=True)
    click.get_current_context().exit(NO_STORE)
