"""Meta's limits for people: the pace to one person, and the number of people outside their windows in 24 hours.

Each limit is counted in Redis by one Lua call, on the clock of Redis. An emptied Redis has lost the counts: then Meta
refuses the surplus, and these messages are tried again later.
"""

import functools
import hashlib
from collections.abc import Sequence

import redis
from redis.commands.core import Script

from config.settings import settings
from dispatch import redis_client

#: Messages that may be sent to one person at once. Meta allows 45 in advance. Source: Meta's error 131056.
PAIR_BURST = 40
#: Seconds of the period in which Meta counts people.
DAY = 24 * 3600

#: Returns for each person the seconds until a message fits the pace. A message that fits now is counted.
_PAIRS = """
local now = redis.call('TIME')
now = now[1] + now[2] / 1e6
local interval, burst, waits = tonumber(ARGV[1]), tonumber(ARGV[2]), {}
for i, key in ipairs(KEYS) do
  local slot = math.max(tonumber(redis.call('GET', key) or 0), now - interval * (burst - 1))
  local wait = math.max(0, slot - now)
  waits[i] = string.format('%.3f', wait)
  if wait == 0 then
    redis.call('SET', key, string.format('%.3f', slot + interval), 'EX', math.ceil(interval * (burst + 1)))
  end
end
return waits
"""
#: Returns for each person the seconds until the tier allows a message. A person who is allowed now is counted.
_TIER = """
local now = redis.call('TIME')
now = now[1] + now[2] / 1e6
local most, day, waits = tonumber(ARGV[1]), tonumber(ARGV[2]), {}
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - day)
local used = redis.call('ZCARD', KEYS[1])
for i = 3, #ARGV do
  if redis.call('ZSCORE', KEYS[1], ARGV[i]) or used < most then
    used = used + redis.call('ZADD', KEYS[1], now, ARGV[i])
    waits[i - 2] = '0'
  else
    local oldest = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')
    waits[i - 2] = string.format('%.3f', oldest[2] + day - now)
  end
end
redis.call('EXPIRE', KEYS[1], day)
return waits
"""
_TIER_KEY = "dispatch:tier"


def pair_waits(pairs: Sequence[tuple[str, str]]) -> list[float]:
    """Return for each sender and person the seconds until a message fits the pace. 0: it fits and is counted.

    Raises redis.RedisError.
    """
    interval = settings().outbox.person_interval_seconds
    if not interval or not pairs:
        return [0.0] * len(pairs)
    keys = [f"dispatch:pair:{_hashed(sender + phone)}" for sender, phone in pairs]
    return [float(wait) for wait in _script(redis_client.client(), _PAIRS)(keys=keys, args=[interval, PAIR_BURST])]


def tier_waits(phones: Sequence[str]) -> list[float]:
    """Return for each person the seconds until a template outside the window is allowed. 0: allowed and counted.

    Raises redis.RedisError.
    """
    most = settings().outbox.messaging_tier
    if not most or not phones:
        return [0.0] * len(phones)
    arguments: list[int | str] = [most, DAY, *map(_hashed, phones)]
    return [float(wait) for wait in _script(redis_client.client(), _TIER)(keys=[_TIER_KEY], args=arguments)]


def tier_used() -> int:
    """Return how many people got a template outside their windows in the last 24 hours. Raises redis.RedisError."""
    client = redis_client.client()
    seconds, micros = client.time()
    return int(client.zcount(_TIER_KEY, seconds + micros / 1e6 - DAY, "+inf"))


def _hashed(text: str) -> str:
    """Return a hash: Redis must not hold phone numbers for a count."""
    return hashlib.blake2b(text.encode(), digest_size=10).hexdigest()


@functools.lru_cache(maxsize=4)
def _script(connection: redis.Redis, lua: str) -> Script:
    return connection.register_script(lua)
