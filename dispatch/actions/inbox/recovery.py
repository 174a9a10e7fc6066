"""Recovery: messages whose webhooks never arrived are fetched from Twilio's record."""

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

#: A webhook may be missing before the last one that arrived, so the listing begins earlier than that.
MARGIN = timedelta(hours=24)
#: Twilio gives whole seconds. Within a second, a message that arrived by webhook comes before a recovered one.
_END_OF_SECOND = timedelta(milliseconds=999)


@dataclass(frozen=True)
class Recovery:
    """The number of messages at Twilio, the number that we had, and those recovered (or to recover), oldest first."""

    listed: int
    known: int
    recovered: list[Received]


def since_last() -> datetime:
    """Return the moment from which to list messages: our last arrival, less a margin."""
    return (Message.last_arrival() or utc_now()) - MARGIN


def recover(since: datetime, dry_run: bool = False) -> Recovery:
    """Save the messages that Twilio received since then and that we do not have, in their order of arrival there.

    They go through the shelf of rescued forms: claims wait until all of them are saved, and a sweep saves the rest if
    this process is killed. This is harmless when repeated, and while webhooks arrive: each SID has its effect once.
    Raises client.LookUpFailed before anything is saved, PyMongoError, redis.RedisError.
    """
    by_sender = [client.received(sender, since) for sender in settings().twilio.whatsapp_numbers]
    listed = list(heapq.merge(*by_sender, key=lambda each: each.at, reverse=True))
    known = Message.arrivals([each.sid for each in listed])
    # Twilio lists newest first; within a second only the listing shows the order.
    missing = sorted((each for each in reversed(listed) if each.sid not in known), key=lambda each: each.at)
    if missing and not dry_run:
        shelf.keep_inbound([(_form(each), _arrival(each)) for each in missing])
        while rescue.save_messages():
            pass
        saved = Message.arrivals([each.sid for each in missing])
        missing = [
            each for each in missing if saved.get(each.sid) == _arrival(each)
        ]  # the others came by webhook in between
        log.warning("inbound recovered", count=len(missing))
    return Recovery(len(listed), len(listed) - len(missing), missing)


def _form(message: Received) -> dict[str, str]:
    addresses = {"From": message.sender, "To": message.to}
    return {"MessageSid": message.sid, **addresses, "Body": message.text, "NumMedia": message.media}


def _arrival(message: Received) -> datetime:
    return message.at + _END_OF_SECOND
