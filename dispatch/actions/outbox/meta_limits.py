"""Restraining: what Meta's limits on people do not let go now waits for its turn."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog

from dispatch.actions import alarms
from dispatch.channels.whatsapp import limits
from dispatch.hints import tasks
from dispatch.models import Message
from dispatch.models.message.batched import Going
from dispatch.rules.outbox.window import SentAs

log = structlog.get_logger(__name__)

#: What operations are told when Meta lets us write to nobody else for now.
TIER_REACHED = "MESSAGING_TIER is reached: who has not written lately is written to when the 24 hours let it."
#: A hint at a message that waits for longer is left to the sweep.
HINTED_WITHIN = 60.0


def within_limits(batch: Sequence[Going], now: datetime) -> list[Going]:
    """Return those of these messages that may go now; the others are put off. Raises redis.RedisError."""
    waits = limits.pair_waits([(each.sender, each.phone) for each in batch])
    in_pace = _go(batch, waits, now)
    outside = [each for each in in_pace if each.form and each.form.sent_as == SentAs.TEMPLATE]
    waits = limits.tier_waits([each.phone for each in outside])
    put_off = {each.id for each, wait in zip(outside, waits, strict=True) if wait}
    _go(outside, waits, now)
    if put_off:
        log.error("messaging tier reached", put_off=len(put_off))
        alarms.record_alarm("tier", "tier_reached", TIER_REACHED, now)
    return [each for each in in_pace if each.id not in put_off]


def _go(batch: Sequence[Going], waits: Sequence[float], now: datetime) -> list[Going]:
    for message, wait in zip(batch, waits, strict=True):
        if wait and Message.put_off(message.id, now + timedelta(seconds=wait)) and wait < HINTED_WITHIN:
            tasks.send([message.id], message.lane, wait)
    return [message for message, wait in zip(batch, waits, strict=True) if not wait]
