"""The states of messages and attempts, their ranks, and the attempt that decides a message's state."""

import random
from collections.abc import Iterable, Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Any


class MessageState(StrEnum):
    """The states of a message, as the API shows them in `status`."""

    QUEUED = "queued"
    SENDING = "sending"
    UNKNOWN = "unknown"
    NOT_FOUND = "not_found"  # of an attempt only: Twilio has no record of it
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
    """The queue in which a message waits: replies never wait behind a broadcast."""

    REPLIES = "replies"
    BULK = "bulk"


#: The rank of an attempt's state; a receipt only ever raises it. A late `delivered` still raises a failed attempt.
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
#: The states of an attempt that Twilio accepted, and that has not failed since.
TAKEN = frozenset({MessageState.ACCEPTED, MessageState.SENT, MessageState.DELIVERED, MessageState.READ})
#: The states of an attempt that has reached its recipient's phone.
ARRIVED = frozenset({MessageState.DELIVERED, MessageState.READ})
#: The states of an attempt that did not bring the message to its recipient.
LOST = frozenset({MessageState.NOT_FOUND, MessageState.FAILED, MessageState.UNDELIVERED})
#: Twilio's status of a message -> our state. Source: Twilio's OpenAPI, message_enum_status.
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
#: Without a receipt for this long, a message is looked up at Twilio; if Twilio has no news either, it is doubtful.
DOUBTED_AFTER: dict[str, timedelta] = {
    MessageState.ACCEPTED: timedelta(hours=1),
    MessageState.SENT: timedelta(hours=12),
}
#: An unknown attempt counts as never accepted after so many look-ups that found nothing.
LOOK_UPS = 2
#: The longest wait before the next attempt, in seconds.
LONGEST_BACKOFF = 60.0


def rises(old: str, new: str) -> bool:
    """Return whether the state `new` has a higher rank than `old`."""
    return ATTEMPT_RANK[new] > ATTEMPT_RANK[old]


def best(attempts: Iterable[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """Return the attempt that decides the message's state: the highest rank, then the latest. Return None if none."""
    return max(attempts, key=_rank, default=None)


def _rank(attempt: Mapping[str, Any]) -> tuple[int, int]:
    """Rank an attempt: one that may have arrived is above a lost one; then the state's rank; then the latest."""
    state = attempt["state"]
    return (-1 if state in LOST else ATTEMPT_RANK[state], attempt["n"])


def backoff(attempt: int, jitter: random.Random) -> float:
    """Return seconds to wait before the next attempt: 1, 2, 4 … 60, give or take half."""
    return min(LONGEST_BACKOFF, 2.0 ** min(attempt - 1, 10)) * jitter.uniform(0.5, 1.5)
