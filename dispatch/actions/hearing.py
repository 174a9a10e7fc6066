"""Hearing: what Twilio's webhooks bring is saved once; receipts raise the state of the attempt that they are about."""

import json
import time
from datetime import datetime
from typing import Any

import structlog
from pymongo.errors import WriteError

from dispatch import queueing
from dispatch.actions import outcomes
from dispatch.models import Message, Offer
from dispatch.models.record import object_id, utc_now
from dispatch.rules import delivery, phones

log = structlog.get_logger(__name__)

#: What an entry of the shelf raises that will never be saved: no JSON, fields that lack or are of another kind.
_UNUSABLE = (ValueError, KeyError, TypeError, AttributeError, OverflowError, WriteError)
#: Seconds that one sweep may spend on receipts of the shelf: timers wait for the same workers.
RECEIPTS_SECONDS = 2.0
#: Fields of Twilio's inbound form that handling needs; the rest is not kept.
KEPT = ("ButtonPayload", "ButtonText", "OriginalRepliedMessageSid", "NumMedia", "MessageType", "ProfileName", "To",
        "OptOutType")  # fmt: skip


def hear(form: dict[str, str], received_at: datetime | None = None) -> None:
    """Save an inbound message once and hint at it. `received_at`: its arrival, when a rescue brings it late.

    Raises PyMongoError when it could not be saved.
    """
    sid, sender = form.get("MessageSid"), form.get("From", "")
    if not sid or not sender:
        log.warning("inbound form without sid or sender")
        return
    facts = {
        "phone": phones.from_address(sender) if phones.is_phone_address(sender) else sender[:200],
        "text": form.get("Body", ""),
        "form": {name: form[name] for name in KEPT if form.get(name)},
    }
    message_id = Message.arrive(sid, facts, utc_now(), received_at)
    if message_id:
        queueing.handle(message_id)
    elif received_at:
        _count_from(sid, received_at)


def _count_from(sid: str, came_at: datetime) -> None:
    """Let a message count from its arrival: a MongoDB that was stuck stamps it when it goes on, too late for its place.

    What it has claimed meanwhile counts from then, too; no claim is settled while rescued forms wait.
    """
    message = Message.came_by(sid, came_at)
    if message:
        Offer.claimed_by(message.meaning.get("offer"), message.id, came_at)


def receipt(query: dict[str, str], form: dict[str, str]) -> None:
    """Take a delivery report: the attempt's state only ever rises, whatever the order. Raises PyMongoError."""
    state = delivery.FROM_TWILIO.get(form.get("MessageStatus", ""))
    if state in delivery.TAKEN and _is_of_the_first(query, form, state):
        return
    found = _attempt(query, form.get("MessageSid"))
    if state is None or found is None:
        log.warning("receipt without its message", status=form.get("MessageStatus"))
        return
    message, n = found
    code = int(form["ErrorCode"]) if form.get("ErrorCode", "").isdecimal() else None
    outcomes.report(message, n, state, utc_now(), sid=form.get("MessageSid"), error_code=code)


def bring_rescued() -> int:
    """Save the messages that were kept while MongoDB did not answer; return how many.

    What can't be saved is set aside, so that it does not stand before the rest. Raises PyMongoError while MongoDB
    does not answer.
    """
    return sum(_brought(raw, queueing.RESCUED) for raw in queueing.rescued())


def bring_receipts() -> None:
    """Take the receipts that were kept, likewise; what is not done in so many seconds is the next sweep's."""
    until = time.monotonic() + RECEIPTS_SECONDS
    for raw in queueing.rescued(queueing.RECEIPTS):
        if time.monotonic() > until:
            return
        _brought(raw, queueing.RECEIPTS)


def _brought(raw: str, shelf: str) -> bool:
    try:
        _bring(json.loads(raw))
    except _UNUSABLE as error:
        log.error("rescued form set aside", error=type(error).__name__)
        queueing.set_aside(raw, shelf)
        return False
    queueing.put_away(raw, shelf)
    return True


def _bring(entry: dict[str, Any]) -> None:
    if entry["kind"] == "inbound":
        hear(entry["form"], received_at=datetime.fromisoformat(entry["at"]))
    else:
        receipt(entry["query"], entry["form"])


def _is_of_the_first(query: dict[str, str], form: dict[str, str], state: delivery.MessageState) -> bool:
    """Whether this was good news of a message's one attempt, which is taken down by this."""
    message_id, sid = object_id(query.get("message")), form.get("MessageSid")
    if message_id is None or not sid or query.get("attempt") != "1":
        return False
    return Message.heard_of(message_id, sid, state, utc_now())


def _attempt(query: dict[str, str], sid: str | None) -> tuple[Message, int] | None:
    """Find the attempt by our own ids in the callback's query, or by Twilio's SID."""
    message = Message.get(object_id(query.get("message"))) or Message.by_sid(sid)
    if message is None or message.direction != "outbound" or not message.attempts:
        return None
    n = query.get("attempt", "")
    by_sid = next((attempt["n"] for attempt in message.attempts if attempt.get("sid") == sid), None)
    number = int(n) if n.isdecimal() else by_sid
    return (message, number) if number and number <= len(message.attempts) else None
