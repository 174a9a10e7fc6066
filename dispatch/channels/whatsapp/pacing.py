"""A sender's pace over all workers: slots are taken in Redis, replies before bulk.

A generic cell rate algorithm in one Lua call on Redis's clock. Window limiters let a second's worth go at once,
which is right for quotas and wrong for a pace.
"""

import functools
from collections.abc import Mapping

import redis
from redis.commands.core import Script

from config.settings import settings
from dispatch import redis_client
from dispatch.rules.outbox.states import Lane

#: How many may go back to back before the pace holds.
BURST = 6
#: As many more may arrive at Twilio in one second: what leaves a little late, or is pushed together on the way.
PUSHED = 2
#: The part of the pace that bulk may use, so that a reply finds a free slot.
BULK_SHARE = 0.9

#: For each pace its next slot; a message's is the latest of them. Returns the seconds until each slot, and until the
#: one after these.
_SLOTS = """
local now = redis.call('TIME')
now = now[1] + now[2] / 1e6
local most, within, take = tonumber(ARGV[1]), tonumber(ARGV[2]), ARGV[3] == 'take'
local burst, paces, waits = tonumber(ARGV[4]), {}, {}
for i, key in ipairs(KEYS) do
  local interval = tonumber(ARGV[4 + i])
  local slot = math.max(tonumber(redis.call('GET', key) or 0), now - interval * burst)
  paces[i] = {key = key, interval = interval, slot = slot}
end
while true do
  local wait = 0
  for _, pace in ipairs(paces) do wait = math.max(wait, pace.slot - now) end
  table.insert(waits, string.format('%.6f', wait))
  if #waits > most or wait > within then break end
  for _, pace in ipairs(paces) do pace.slot = pace.slot + pace.interval end
end
if take and #waits > 1 then
  for _, pace in ipairs(paces) do
    local expires = math.ceil(math.max(0, pace.slot - now)) + 60
    redis.call('SET', pace.key, string.format('%.6f', pace.slot), 'EX', expires)
  end
end
return waits
"""


def free_slots(lane: str, sender: str, most: int, within: float) -> tuple[int, float]:
    """Return how many slots of the lane come in so many seconds, `most` at most, and the seconds until the first one.

    None is taken. Raises redis.RedisError.
    """
    waits = slots(_paces(lane, sender), most, within, take=False)
    return len(waits) - 1, waits[0]


def reserve(lane: str, sender: str, most: int, within: float) -> list[float]:
    """Take so many slots of the lane, as far as they come in so many seconds; return the seconds until each.

    Raises redis.RedisError.
    """
    return slots(_paces(lane, sender), most, within)[:-1]


def slots(paces: Mapping[str, float], most: int, within: float, *, take: bool = True) -> list[float]:
    """Take slots that fit several paces (their keys, and messages a second); or only look at them.

    Returns the seconds until each, and until the one after these. Raises redis.RedisError.
    """
    arguments = [most, within, "take" if take else "look", BURST, *(1 / rate for rate in paces.values())]
    return [float(wait) for wait in _script(redis_client.client())(keys=list(paces), args=arguments)]


def _paces(lane: str, sender: str) -> dict[str, float]:
    """Each sender has a pace of its own."""
    rate = settings().outbox.send_rate_per_second
    paces: dict[str, float] = {f"dispatch:pace:{sender}:all": rate}
    if lane == Lane.BULK:
        paces[f"dispatch:pace:{sender}:bulk"] = rate * BULK_SHARE
    return paces


@functools.lru_cache(maxsize=1)
def _script(connection: redis.Redis) -> Script:
    return connection.register_script(_SLOTS)
