"""The number of ours that writes to a person: the number to which the person wrote, else always the same one."""

import hashlib
from collections.abc import Sequence


def sender_for(phone: str, senders: Sequence[str], known: str | None = None) -> str:
    """Return the sender for a person. `known` is the sender to which the person wrote last.

    A person who never wrote gets a sender by a hash of both numbers: if a sender is added or removed, only its own
    share of people changes sender.
    """
    if known in senders:
        return str(known)
    if len(senders) == 1:
        return senders[0]
    return max(senders, key=lambda sender: _weight(phone, sender))


def _weight(phone: str, sender: str) -> bytes:
    return hashlib.blake2b(f"{sender} {phone}".encode(), digest_size=8).digest()
