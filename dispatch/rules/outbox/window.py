"""WhatsApp's window: for 24 hours after a person's last message any text may be sent, later only approved templates."""

from datetime import datetime, timedelta
from enum import StrEnum

OPEN_FOR = timedelta(hours=24)
#: A message that is sent in the last minutes of the window may reach Meta after its end.
MARGIN = timedelta(minutes=2)


class SentAs(StrEnum):
    """The forms in which an attempt sends a message."""

    TEXT = "text"
    BUTTONS = "buttons"  # a content that needs no approval, inside the window
    TEMPLATE = "template"


class Approval(StrEnum):
    """Meta's decisions on a template. Source: Twilio's Content API, ApprovalRequests."""

    UNSUBMITTED = "unsubmitted"
    RECEIVED = "received"
    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"
    PAUSED = "paused"
    DISABLED = "disabled"


#: A template in these states is not used until a person changes it.
REFUSED = frozenset({Approval.REJECTED, Approval.PAUSED, Approval.DISABLED})


def is_open(heard_at: datetime | None, now: datetime) -> bool:
    """Return whether a person whose last message arrived at `heard_at` may be sent more than templates."""
    return heard_at is not None and now < heard_at + OPEN_FOR - MARGIN


def approval(word: str | None) -> Approval:
    """Return the state for Twilio's word. Return UNSUBMITTED for an unknown word."""
    return Approval(word) if word in set(Approval) else Approval.UNSUBMITTED
