"""Message states and their rank: how far an attempt got, and which attempt speaks for a message."""

import random
from collections.abc import Iterable, Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Any


class MessageState(StrEnum):
    """A message's states, as the API shows them in `status`."""

    QUEUED = "queued"
    SENDING = "sending"
    UNKNOWN = "unknown"
    NOT_FOUND = "not_found"  # an attempt only: Twilio has no record of it
    ACCEPTED = "accepted"
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"
    UNDELIVERED = "undelivered"
    WITHDRAWN = "withdrawn"
    PARKED = "parked"
    RECEIVED = "received"
    HANDLED = "handled"


class Lane(StrEnum):
    """Which way a message goes out: replies never wait behind a broadcast."""

    REPLIES = "replies"
    BULK = "bulk"


#: How far an attempt got; a receipt only ever raises it. A failure may still be overtaken by a late `delivered`.
ATTEMPT_RANK: dict[str, int] = {
    MessageState.SENDING: 0,
    MessageState.UNKNOWN: 1,
    MessageState.NOT_FOUND: 2,
    MessageState.ACCEPTED: 3,
    MessageState.SENT: 4,
    MessageState.FAILED: 5,
    MessageState.UNDELIVERED: 5,
    MessageState.DELIVERED: 6,
    MessageState.READ: 7,
}
#: An attempt in one of these was taken by Twilio and not lost since.
TAKEN = frozenset({MessageState.ACCEPTED, MessageState.SENT, MessageState.DELIVERED, MessageState.READ})
#: An attempt in one of these has not brought the message to anybody.
LOST = frozenset({MessageState.NOT_FOUND, MessageState.FAILED, MessageState.UNDELIVERED})
#: Twilio's words for a message's status -> ours. Source: Twilio's OpenAPI, message_enum_status.
FROM_TWILIO: dict[str, MessageState] = {
    "accepted": MessageState.ACCEPTED,
    "scheduled": MessageState.ACCEPTED,
    "queued": MessageState.ACCEPTED,
    "sending": MessageState.ACCEPTED,
    "sent": MessageState.SENT,
    "delivered": MessageState.DELIVERED,
    "read": MessageState.READ,
    "failed": MessageState.FAILED,
    "undelivered": MessageState.UNDELIVERED,
    "canceled": MessageState.FAILED,
}
#: Without news for so long, Twilio is asked what became of a message; when it has none either, that is shown.
DOUBTED_AFTER: dict[str, timedelta] = {
    MessageState.ACCEPTED: timedelta(hours=1),
    MessageState.SENT: timedelta(hours=12),
}
#: Look-ups that must both find nothing before an unknown attempt counts as never accepted.
LOOK_UPS = 2
#: Seconds to wait for the next attempt at most.
LONGEST_BACKOFF = 60.0


def rises(old: str, new: str) -> bool:
    """Tell whether a receipt with `new` says more than `old`."""
    return ATTEMPT_RANK[new] > ATTEMPT_RANK[old]


def best(attempts: Iterable[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """Return the attempt that speaks for the message: the one that got furthest, the latest among equals."""
    return max(attempts, key=_helpfulness, default=None)


def _helpfulness(attempt: Mapping[str, Any]) -> tuple[int, int]:
    """One that may have arrived beats one that was lost; then the one that got furthest; then the latest."""
    state = attempt["state"]
    return (-1 if state in LOST else ATTEMPT_RANK[state], attempt["n"])


def backoff(attempt: int, jitter: random.Random) -> float:
    """Return seconds to wait before the next attempt: 1, 2, 4 … 60, give or take half."""
    return min(LONGEST_BACKOFF, 2.0 ** min(attempt - 1, 10)) * jitter.uniform(0.5, 1.5)
