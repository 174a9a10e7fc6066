"""A sender's pace over all workers: slots are reserved in Redis, replies before bulk.

A generic cell rate algorithm in one Lua call, on the clock of Redis. A window limiter would let all messages of a
second go at once: right for quotas, wrong for a pace.
"""

import functools
from collections.abc import Mapping

import redis
from redis.commands.core import Script

from config.settings import settings
from dispatch import redis_client
from dispatch.rules.outbox.states import Lane

#: Messages that may go back to back before the pace applies.
BURST = 6
#: Further messages that may arrive at Twilio in one second: some leave a little late, or are delayed on the way.
PUSHED = 2
#: The share of the pace that bulk may use, so that a reply finds a free slot.
BULK_SHARE = 0.9

#: Each pace has a next slot; the slot of a message is the latest of these. Returns the seconds until each slot, and
#: until the slot after them.
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
    """Return how many slots the lane has in the next `within` seconds (at most `most`), and the wait for the first.

    No slot is reserved. Raises redis.RedisError.
    """
    waits = slots(_paces(lane, sender), most, within, take=False)
    return len(waits) - 1, waits[0]


def reserve(lane: str, sender: str, most: int, within: float) -> list[float]:
    """Reserve up to `most` slots of the lane in the next `within` seconds. Return the seconds until each slot.

    Raises redis.RedisError.
    """
    return slots(_paces(lane, sender), most, within)[:-1]


def slots(paces: Mapping[str, float], most: int, within: float, *, take: bool = True) -> list[float]:
    """Reserve slots that fit several paces (key: messages a second). With `take=False`, reserve nothing.

    Returns the seconds until each slot, and until the slot after these. Raises redis.RedisError.
    """
    arguments = [most, within, "take" if take else "look", BURST, *(1 / rate for rate in paces.values())]
    return [float(wait) for wait in _script(redis_client.client())(keys=list(paces), args=arguments)]


def _paces(lane: str, sender: str) -> dict[str, float]:
    """Return the paces of a message: its sender's, and for bulk the share of bulk, too."""
    rate = settings().outbox.send_rate_per_second
    paces: dict[str, float] = {f"dispatch:pace:{sender}:all": rate}
    if lane == Lane.BULK:
        paces[f"dispatch:pace:{sender}:bulk"] = rate * BULK_SHARE
    return paces


@functools.lru_cache(maxsize=1)
def _script(connection: redis.Redis) -> Script:
    return connection.register_script(_SLOTS)
