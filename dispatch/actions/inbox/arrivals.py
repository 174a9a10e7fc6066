"""Hearing: what Twilio's webhooks bring is saved once; receipts raise the state of the attempt that they are about."""

from datetime import datetime

import structlog

from dispatch.hints import tasks
from dispatch.models import Message, Offer
from dispatch.models.base.record import utc_now
from dispatch.rules import phones

log = structlog.get_logger(__name__)

#: Fields of Twilio's inbound form that handling needs; the rest is not kept.
KEPT = ("ButtonPayload", "ButtonText", "OriginalRepliedMessageSid", "NumMedia", "MessageType", "ProfileName", "To",
        "OptOutType")  # fmt: skip


def save(form: dict[str, str], received_at: datetime | None = None) -> None:
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
        tasks.handle(message_id)
    elif received_at:
        _count_from(sid, received_at)


def _count_from(sid: str, came_at: datetime) -> None:
    """Let a message count from its arrival: a MongoDB that was stuck stamps it when it goes on, too late for its place.

    What it has claimed meanwhile counts from then, too; no claim is settled while rescued forms wait.
    """
    message = Message.set_arrival_back(sid, came_at)
    if message:
        Offer.set_claim_back(message.meaning.get("offer"), message.id, came_at)
