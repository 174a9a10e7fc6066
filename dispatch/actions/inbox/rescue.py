"""Rescue: webhook forms on the shelf are saved once MongoDB answers again."""

import time
from datetime import datetime
from typing import Any

import structlog
from pymongo.errors import WriteError

from dispatch import shelf
from dispatch.actions import alarms
from dispatch.actions.inbox import arrivals
from dispatch.actions.outbox import receipts
from dispatch.models.base.record import utc_now

log = structlog.get_logger(__name__)

#: Errors of an entry that can never be saved: not signed by this desk, missing fields, fields of another kind.
_UNUSABLE = (ValueError, KeyError, TypeError, AttributeError, OverflowError, WriteError)
SET_ASIDE = (
    "A webhook that was buffered in Redis can't be saved, and was set aside at dispatch:rescued:set_aside. If this desk"
    " did not sign it: run `flask recover-inbound`, and check who can write to Redis."
)
#: Seconds that one sweep may spend on receipts of the shelf: timers wait for the same workers.
RECEIPTS_SECONDS = 2.0


def save_messages() -> int:
    """Save the messages that were kept while MongoDB did not answer. Return their number.

    An entry that can never be saved is set aside, so that it does not block the rest. Raises PyMongoError while
    MongoDB does not answer.
    """
    return sum(_saved(raw, shelf.RESCUED) for raw in shelf.entries())


def save_receipts() -> None:
    """Save the receipts that were kept, for at most RECEIPTS_SECONDS; the next sweep goes on."""
    until = time.monotonic() + RECEIPTS_SECONDS
    for raw in shelf.entries(shelf.RECEIPTS):
        if time.monotonic() > until:
            return
        _saved(raw, shelf.RECEIPTS)


def _saved(raw: str, key: str) -> bool:
    try:
        _save(shelf.read(raw))
    except _UNUSABLE as error:
        log.error("rescued form set aside", error=type(error).__name__)
        alarms.record_alarm("shelf", "form_set_aside", SET_ASIDE, utc_now())
        shelf.set_aside(raw, key)
        return False
    shelf.remove(raw, key)
    return True


def _save(entry: dict[str, Any]) -> None:
    if entry["kind"] == "inbound":
        arrivals.save(entry["form"], received_at=datetime.fromisoformat(entry["at"]))
    else:
        receipts.receive(entry["query"], entry["form"])
