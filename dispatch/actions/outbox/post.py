"""Posting: one leased message goes to Twilio in its slot, on one of this process's threads."""

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
from dispatch.models.message.batched import Going

#: Seconds by which a message may miss its slot and yet go.
LATE = 0.025
#: Seconds that it waits for another one at most.
LONGEST = 1.0
#: How long Twilio may keep a message in its queue where nothing else is said; source: Twilio's ValidityPeriod.
LONGEST_VALID = timedelta(hours=10)
clock = time.monotonic


def post(message: Going, after: float) -> Future[client.Outcome]:
    """Send a message in so many seconds, its slot."""
    return _threads().submit(contextvars.copy_context().run, _post, message, clock() + after)


@functools.cache
def _threads() -> ThreadPoolExecutor:
    """Return this process's threads for POSTs."""
    return ThreadPoolExecutor(SEND_THREADS)


os.register_at_fork(after_in_child=_threads.cache_clear)  # threads do not survive a fork


def _post(message: Going, due: float) -> client.Outcome:
    """Send a message in its slot; when this process was held up meanwhile, in another one: now it is others' turn."""
    time.sleep(max(0.0, due - clock()))
    if clock() - due > LATE:
        with suppress(RedisError):  # it is leased: without a pace it goes now
            time.sleep(next(iter(pacing.reserve(message.lane, message.sender, 1, LONGEST)), LONGEST))
    form = message.form
    said = client.Content(form.content_sid, form.variables) if form else message.text
    return client.send(message.sender, message.phone, said, message.id, message.n, valid=_valid(message))


def _valid(message: Going) -> int | None:
    """Return the seconds after which Twilio is to give a message up, as it would be too late; None: its own time."""
    left = message.until - utc_now() if message.until else LONGEST_VALID
    return max(1, math.ceil(left.total_seconds())) if left < LONGEST_VALID else None
