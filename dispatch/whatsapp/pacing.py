"""The sender's pace over all workers: each message reserves its slot in Redis, replies before bulk.

A generic cell rate algorithm in one Lua call on Redis's clock. Window limiters let a second's worth go at once,
which is right for quotas and wrong for a pace.
"""

import functools
import time

import redis
from redis.commands.core import Script

from config.settings import settings
from dispatch import broker
from dispatch.rules.delivery import Lane

#: How many may go back to back before the pace holds.
BURST = 8
#: The part of the pace that bulk may use, so that a reply finds a free slot.
BULK_SHARE = 0.9

_RESERVE = """
local now = redis.call('TIME')
now = now[1] + now[2] / 1e6
local interval = tonumber(ARGV[1])
local slack = interval * tonumber(ARGV[2])
local slot = math.max(tonumber(redis.call('GET', KEYS[1]) or 0), now - slack)
redis.call('SET', KEYS[1], string.format('%.6f', slot + interval), 'EX', math.ceil(math.max(0, slot - now)) + 60)
return string.format('%.6f', math.max(0, slot - now))
"""


def wait_for_slot(lane: str) -> None:
    """Reserve the next slot of the lane and wait for it. Raises redis.RedisError."""
    rate = settings().send_rate_per_second
    if lane == Lane.BULK:
        _wait("dispatch:pace:bulk", rate * BULK_SHARE)
    _wait("dispatch:pace:all", rate)


def reserve(key: str, rate: float) -> float:
    """Reserve the next slot of a pace; return the seconds until it comes. Raises redis.RedisError."""
    return float(_script(broker.client())(keys=[key], args=[1 / rate, BURST]))


def _wait(key: str, rate: float) -> None:
    seconds = reserve(key, rate)
    if seconds > 0:
        time.sleep(seconds)


@functools.lru_cache(maxsize=1)
def _script(redis_client: redis.Redis) -> Script:
    return redis_client.register_script(_RESERVE)
