"""Arrivals: each inbound message is saved once, from Twilio's form, and enqueued for handling."""

from datetime import datetime

import structlog

from dispatch.actions.inbox import senders
from dispatch.hints import tasks
from dispatch.models import Message, Offer
from dispatch.models.base.record import utc_now

log = structlog.get_logger(__name__)

#: Fields of Twilio's inbound form that handling needs; the rest is not kept.
KEPT = (
    *senders.FIELDS,
    *("ButtonPayload", "ButtonText", "NumMedia", "MessageType", "ProfileName", "To", "OptOutType"),
)


def save(form: dict[str, str], received_at: datetime | None = None) -> None:
    """Save an inbound message once and enqueue its handling. A late rescue passes the arrival as `received_at`.

    Raises PyMongoError if the message could not be saved.
    """
    sid, key = form.get("MessageSid"), senders.key_of(form)
    if not sid or not key:
        log.warning("inbound form without sid or sender")
        return
    facts = {
        "phone": key,
        "text": form.get("Body", ""),
        "form": {name: form[name] for name in KEPT if form.get(name)},
    }
    message_id = Message.arrive(sid, facts, utc_now(), received_at)
    if message_id:
        tasks.handle(message_id)
    elif received_at:
        _set_arrival_back(sid, received_at)


def _set_arrival_back(sid: str, arrived_at: datetime) -> None:
    """Set a message's arrival back to its true moment, and that of its claim.

    A MongoDB that was stuck stamps a message when it goes on, which is too late for the message's place in the order.
    No claim is settled while rescued forms wait, so a claim can still be set back.
    """
    message = Message.set_arrival_back(sid, arrived_at)
    if message:
        Offer.set_claim_back(message.meaning.get("offer"), message.id, arrived_at)
