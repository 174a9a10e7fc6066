"""Which of our numbers writes to a person: the one they wrote to, else always the same."""

import hashlib
from collections.abc import Sequence


def sender_for(phone: str, senders: Sequence[str], known: str | None = None) -> str:
    """Return the sender for a person; `known` is the one they wrote to last.

    Else it is drawn by a hash of both numbers: a sender more or less concerns only its own share of people.
    """
    if known in senders:
        return str(known)
    if len(senders) == 1:
        return senders[0]
    return max(senders, key=lambda sender: _weight(phone, sender))


def _weight(phone: str, sender: str) -> bytes:
    return hashlib.blake2b(f"{sender} {phone}".encode(), digest_size=8).digest()
