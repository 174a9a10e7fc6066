"""Posting: one leased message is sent to Twilio in its slot, on a thread of this process."""

import contextvars
import functools
import math
import os
import time
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta

from redis.exceptions import RedisError

from config.queues import SEND_THREADS
from dispatch.channels.whatsapp import client, pacing
from dispatch.models.base.record import utc_now
from dispatch.models.message.batched import Outgoing

#: Seconds by which a message may be later than its slot.
LATE = 0.025
#: The longest wait for another slot, in seconds.
LONGEST = 1.0
#: How long Twilio keeps a message in its queue by default. Source: Twilio's ValidityPeriod.
LONGEST_VALID = timedelta(hours=10)
clock = time.monotonic


def post(message: Outgoing, after: float) -> Future[client.Outcome]:
    """Send a message after so many seconds, when its slot comes."""
    return _threads().submit(contextvars.copy_context().run, _post, message, clock() + after)


@functools.cache
def _threads() -> ThreadPoolExecutor:
    """Return this process's threads for POSTs."""
    return ThreadPoolExecutor(SEND_THREADS)


os.register_at_fork(after_in_child=_threads.cache_clear)  # threads do not survive a fork


def _post(message: Outgoing, due: float) -> client.Outcome:
    """Send a message at the reserved time. If this process was delayed past it, reserve another slot first."""
    time.sleep(max(0.0, due - clock()))
    if clock() - due > LATE:
        with suppress(RedisError):  # the message is leased, so it is sent even if Redis fails
            time.sleep(next(iter(pacing.reserve(message.lane, message.sender, 1, LONGEST)), LONGEST))
    form = message.form
    body = client.Content(form.content_sid, form.variables) if form else message.text
    return client.send(message.sender, message.to or message.phone, body, message.id, message.n, valid=_valid(message))


def _valid(message: Outgoing) -> int | None:
    """Return the seconds after which Twilio must give the message up. Return None for Twilio's own time."""
    left = message.until - utc_now() if message.until else LONGEST_VALID
    return max(1, math.ceil(left.total_seconds())) if left < LONGEST_VALID else None
