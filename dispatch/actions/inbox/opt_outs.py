"""Consenting: what Twilio has read in a message and answered itself, and how we know what somebody decided."""

from dispatch.models import Message
from dispatch.models.consent import Ground, How
from dispatch.rules.inbox.meaning import OPT_OUT_TYPES
from dispatch.rules.inbox.words import Word

#: So much of what somebody wrote is kept with what they decided: STOP and START are whole messages, and short.
LONGEST_WORD = 100


def read_by_twilio(message: Message) -> Word | None:
    """Return what Twilio's Advanced Opt-Out has read in a message; it has answered that, so we do not."""
    return OPT_OUT_TYPES.get(message.form.get("OptOutType", ""))


def ground(message: Message) -> Ground:
    """Return how we know what somebody has decided by this message."""
    how = How.TWILIO if read_by_twilio(message) else How.MESSAGE
    word = (message.text or "").strip()[:LONGEST_WORD] or None
    return Ground(how, message=message.id, at=message.received_at, word=word)
