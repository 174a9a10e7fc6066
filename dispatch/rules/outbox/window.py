"""WhatsApp's window: for 24 hours after a person wrote we may send them anything, later only approved templates."""

from datetime import datetime, timedelta
from enum import StrEnum

OPEN_FOR = timedelta(hours=24)
#: What leaves us so shortly before the end may reach Meta after it.
MARGIN = timedelta(minutes=2)


class SentAs(StrEnum):
    """How an attempt says a message."""

    TEXT = "text"
    BUTTONS = "buttons"  # inside the window: a content that nobody need approve
    TEMPLATE = "template"


class Approval(StrEnum):
    """How Meta stands to a template. Source: Twilio's Content API, ApprovalRequests."""

    UNSUBMITTED = "unsubmitted"
    RECEIVED = "received"
    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"
    PAUSED = "paused"
    DISABLED = "disabled"


#: A template that came to this serves no more until a person sees to it.
REFUSED = frozenset({Approval.REJECTED, Approval.PAUSED, Approval.DISABLED})


def is_open(heard_at: datetime | None, now: datetime) -> bool:
    """Tell whether a person whose latest message came then may be sent more than templates."""
    return heard_at is not None and now < heard_at + OPEN_FOR - MARGIN


def approval(word: str | None) -> Approval:
    """Read Twilio's word for it; one that nobody knows is as good as none."""
    return Approval(word) if word in set(Approval) else Approval.UNSUBMITTED
