"""Recovering: what people wrote while nobody listened is on record at Twilio, and is taken in from there."""

import heapq
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from config.settings import settings
from dispatch import shelf
from dispatch.actions.inbox import rescue
from dispatch.channels.whatsapp import client
from dispatch.channels.whatsapp.client import Received
from dispatch.models import Message
from dispatch.models.base.record import utc_now

log = structlog.get_logger(__name__)

#: Webhooks may have been lost between two that were not, so more is listed than what came after the last.
MARGIN = timedelta(hours=24)
#: Twilio tells whole seconds. Of one second, who was heard at the time comes first, whoever is recovered after.
_END_OF_SECOND = timedelta(milliseconds=999)


@dataclass(frozen=True)
class Recovery:
    """How much Twilio has received, how much of it was known, and what was taken in (or would be), oldest first."""

    listed: int
    known: int
    taken_in: list[Received]


def since_last() -> datetime:
    """Return from when on Twilio is to be asked: the last arrival that we know, less a margin."""
    return (Message.last_arrival() or utc_now()) - MARGIN


def recover(since: datetime, dry_run: bool = False) -> Recovery:
    """Take in what Twilio received since then and we do not know, in the order in which it arrived there.

    By the shelf of rescued forms: a claim that comes meanwhile waits for all of them, and a sweep saves the rest if
    this is killed. Harmless when repeated, and while webhooks come in: a SID acts once. Raises client.LookUpFailed
    before anything is taken in, PyMongoError, redis.RedisError.
    """
    each_its_own = [client.received(sender, since) for sender in settings().twilio.whatsapp_numbers]
    listed = list(heapq.merge(*each_its_own, key=lambda each: each.at, reverse=True))
    known = Message.arrivals([each.sid for each in listed])
    # Listed newest first; within a second, the listing is all that tells the order.
    lost = sorted((each for each in reversed(listed) if each.sid not in known), key=lambda each: each.at)
    if lost and not dry_run:
        shelf.keep_inbound([(_form(each), _arrival(each)) for each in lost])
        while rescue.save_messages():
            pass
        saved = Message.arrivals([each.sid for each in lost])
        lost = [each for each in lost if saved.get(each.sid) == _arrival(each)]  # else a webhook was faster
        log.warning("inbound recovered", count=len(lost))
    return Recovery(len(listed), len(listed) - len(lost), lost)


def _form(message: Received) -> dict[str, str]:
    return {"MessageSid": message.sid, "From": message.sender, "To": message.to, "Body": message.text,
            "NumMedia": message.media}  # fmt: skip


def _arrival(message: Received) -> datetime:
    return message.at + _END_OF_SECOND
