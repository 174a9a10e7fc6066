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
#: Seconds, for whoever has time.
FOREVER = 1e9

_RESERVE = """
local now = redis.call('TIME')
now = now[1] + now[2] / 1e6
local interval = tonumber(ARGV[1])
local slack = interval * tonumber(ARGV[2])
local slot = math.max(tonumber(redis.call('GET', KEYS[1]) or 0), now - slack)
if slot - now <= tonumber(ARGV[3]) then
  redis.call('SET', KEYS[1], string.format('%.6f', slot + interval), 'EX', math.ceil(math.max(0, slot - now)) + 60)
end
return string.format('%.6f', math.max(0, slot - now))
"""


def wait_for_slot(lane: str, at_most: float = FOREVER) -> bool:
    """Reserve the next slot of the lane and wait for it, unless that takes longer than so many seconds.

    False when it would: then none is taken of the pace of all. Raises redis.RedisError.
    """
    rate, until = settings().send_rate_per_second, time.monotonic() + at_most
    if lane == Lane.BULK and not _wait("dispatch:pace:bulk", rate * BULK_SHARE, until):
        return False
    return _wait("dispatch:pace:all", rate, until)


def reserve(key: str, rate: float, at_most: float = FOREVER) -> float:
    """Reserve the next slot of a pace, if it comes in so many seconds; return the seconds until it comes.

    Raises redis.RedisError.
    """
    return float(_script(broker.client())(keys=[key], args=[1 / rate, BURST, at_most]))


def _wait(key: str, rate: float, until: float) -> bool:
    at_most = max(0.0, until - time.monotonic())
    seconds = reserve(key, rate, at_most)
    if seconds > at_most:
        return False
    if seconds > 0:
        time.sleep(seconds)
    return True


@functools.lru_cache(maxsize=1)
def _script(redis_client: redis.Redis) -> Script:
    return redis_client.register_script(_RESERVE)
