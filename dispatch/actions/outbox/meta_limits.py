"""Meta's limits: messages that they do not allow now are postponed."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog

from dispatch.actions import alarms
from dispatch.channels.whatsapp import limits
from dispatch.hints import tasks
from dispatch.models import Message
from dispatch.models.message.batched import Outgoing
from dispatch.rules.outbox.window import SentAs

log = structlog.get_logger(__name__)

#: The alarm's text when Meta allows no messages to further people for now.
TIER_REACHED = "MESSAGING_TIER is reached: who has not written lately is written to when the 24 hours let it."
#: Seconds. A message that waits longer is enqueued by the sweep.
HINTED_WITHIN = 60.0


def within_limits(batch: Sequence[Outgoing], now: datetime) -> list[Outgoing]:
    """Return those of these messages that may be sent now; postpone the others. Raises redis.RedisError."""
    waits = limits.pair_waits([(each.sender, each.phone) for each in batch])
    in_pace = _postpone(batch, waits, now)
    outside = [each for each in in_pace if each.form and each.form.sent_as == SentAs.TEMPLATE]
    waits = limits.tier_waits([each.phone for each in outside])
    postponed = {each.id for each, wait in zip(outside, waits, strict=True) if wait}
    _postpone(outside, waits, now)
    if postponed:
        log.error("messaging tier reached", postponed=len(postponed))
        alarms.record_alarm("tier", "tier_reached", TIER_REACHED, now)
    return [each for each in in_pace if each.id not in postponed]


def _postpone(batch: Sequence[Outgoing], waits: Sequence[float], now: datetime) -> list[Outgoing]:
    """Postpone the messages that have to wait; return the others."""
    for message, wait in zip(batch, waits, strict=True):
        if wait and Message.postpone(message.id, now + timedelta(seconds=wait)) and wait < HINTED_WITHIN:
            tasks.send([message.id], message.lane, wait)
    return [message for message, wait in zip(batch, waits, strict=True) if not wait]
