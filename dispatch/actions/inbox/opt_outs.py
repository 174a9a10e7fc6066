"""Opt-outs: the word that Twilio has read in a message, and the evidence for a person's decision."""

from dispatch.models import Message
from dispatch.models.consent import Ground, How
from dispatch.rules.inbox.meaning import OPT_OUT_TYPES
from dispatch.rules.inbox.words import Word

#: Characters of the text that are kept with a decision: STOP and START are whole messages, and short.
LONGEST_WORD = 100


def read_by_twilio(message: Message) -> Word | None:
    """Return the word that Twilio's Advanced Opt-Out has read and answered itself, or None. We do not answer it."""
    return OPT_OUT_TYPES.get(message.form.get("OptOutType", ""))


def ground(message: Message) -> Ground:
    """Return the evidence of a decision that a person has made by this message."""
    how = How.TWILIO if read_by_twilio(message) else How.MESSAGE
    word = (message.text or "").strip()[:LONGEST_WORD] or None
    return Ground(how, message=message.id, at=message.received_at, word=word)
