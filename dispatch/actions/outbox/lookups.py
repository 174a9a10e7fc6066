"""Look-ups: Twilio is asked about attempts of unknown outcome."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from bson import ObjectId

from config.settings import settings
from dispatch.actions.outbox import outcomes
from dispatch.channels.whatsapp import client
from dispatch.models import Message
from dispatch.rules.outbox import attempts, states

log = structlog.get_logger(__name__)


def look_up(message_id: ObjectId, now: datetime) -> None:
    """Ask Twilio whether it accepted an attempt. The message is sent again only after two look-ups without a result."""
    again_at = now + timedelta(seconds=settings().outbox.unknown_lookup_seconds * 2)
    message = Message.lease_look_up(message_id, now, again_at)
    if message is None:
        return
    attempt = attempts.decisive(message.attempts)
    sender = attempt.get("sender", settings().twilio.whatsapp_number)
    listed = client.look_up(sender, attempt.get("to", message.phone), attempt["started_at"])
    found = _find(message, attempt.get("text", message.text), listed)
    if found:
        outcomes.report(message, attempt["n"], found.state, now, sid=found.sid, error_code=found.error_code)
    elif message.look_ups + 1 < states.LOOK_UPS:
        Message.count_empty_look_up(message)
    else:
        log.warning("never accepted, sending again", message=str(message.id), attempt=attempt["n"])
        outcomes.retry_not_found(message, attempt["n"], now)


def _find(message: Message, text: str, listed: Sequence[client.Found]) -> client.Found | None:
    """Return Twilio's record of the attempt: same text, and a SID that no other attempt has. Return None if none."""
    own = {attempt.get("sid") for attempt in message.attempts}
    same = (found for found in listed if found.text == text and found.sid not in own)
    return next((found for found in same if Message.by_sid(found.sid) is None), None)
