"""Meta's limits on people: how fast one may be written to, and how many outside their windows in 24 hours.

Counted in Redis, in one Lua call each on Redis's clock. An emptied Redis forgets; then Meta refuses what is too much,
and it is tried again later.
"""

import functools
import hashlib
from collections.abc import Sequence

import redis
from redis.commands.core import Script

from config.settings import settings
from dispatch import redis_client

#: So many messages may go to one person at once; Meta lets 45 borrow from the future. Source: Meta's 131056.
PAIR_BURST = 40
#: Seconds over which Meta counts the people.
DAY = 24 * 3600

#: For each person the seconds until a message to them fits their pace; what fits at once is taken.
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
#: For each person the seconds until they may be written to under the tier; who fits is counted.
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
    """Return the seconds until a message from each sender to each person is within their pace; 0: it is taken.

    Raises redis.RedisError.
    """
    interval = settings().outbox.person_interval_seconds
    if not interval or not pairs:
        return [0.0] * len(pairs)
    keys = [f"dispatch:pair:{_hashed(sender + phone)}" for sender, phone in pairs]
    return [float(wait) for wait in _script(redis_client.client(), _PAIRS)(keys=keys, args=[interval, PAIR_BURST])]


def tier_waits(phones: Sequence[str]) -> list[float]:
    """Return the seconds until each person may be sent a template outside their window; 0: now, and they are counted.

    Raises redis.RedisError.
    """
    most = settings().outbox.messaging_tier
    if not most or not phones:
        return [0.0] * len(phones)
    arguments: list[int | str] = [most, DAY, *map(_hashed, phones)]
    return [float(wait) for wait in _script(redis_client.client(), _TIER)(keys=[_TIER_KEY], args=arguments)]


def tier_used() -> int:
    """Return how many people were written to outside their windows in the last 24 hours. Raises redis.RedisError."""
    client = redis_client.client()
    seconds, micros = client.time()
    return int(client.zcount(_TIER_KEY, seconds + micros / 1e6 - DAY, "+inf"))


def _hashed(text: str) -> str:
    """Nobody's number stands in Redis for a count."""
    return hashlib.blake2b(text.encode(), digest_size=10).hexdigest()


@functools.lru_cache(maxsize=4)
def _script(connection: redis.Redis, lua: str) -> Script:
    return connection.register_script(lua)
