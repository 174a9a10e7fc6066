"""Faults on demand, by phone number, with an optional count."""

import threading
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

EVERY_PHONE = "*"


class FaultKind(StrEnum):
    """The kinds of faults. `…_accepted`: the request fails, but the message was accepted and is delivered."""

    LATENCY = "latency"  # the answer comes `seconds` later
    TOO_MANY = "429"
    SERVER_ERROR = "500"
    SERVER_ERROR_ACCEPTED = "500_accepted"
    CUT = "cut"  # the connection ends without an answer
    CUT_ACCEPTED = "cut_accepted"
    HANG = "hang"  # no answer for `seconds`, or until the client leaves; then cut
    HANG_ACCEPTED = "hang_accepted"
    REFUSED = "refused"  # the answer is an error with `code`
    FAILED = "failed"  # accepted; then a receipt with status failed and `code`
    UNDELIVERED = "undelivered"  # accepted and sent; then a receipt with status undelivered and `code`
    NO_RECEIPTS = "no_receipts"
    DOUBLE_RECEIPTS = "double_receipts"
    REVERSED_RECEIPTS = "reversed_receipts"
    LOOKUP_500 = "lookup_500"  # fetching and listing answer 500
    LATE_LISTING = "late_listing"  # accepted, but missing in lists for `seconds`
    LATE_INBOUND = "late_inbound"  # the inbound message is posted `seconds` later; the next one may overtake it
    DOUBLE_INBOUND = "double_inbound"  # the inbound message is posted again, `seconds` later
    OFF = "off"  # the phone is off: messages stay `sent` until the fault is cleared
    SLOW = "slow"  # bad reception: `delivered` comes `seconds` later
    BLOCKED = "blocked"  # the person blocked us: messages stay `sent` for ever, without an error


NEEDS_SECONDS = frozenset(
    {FaultKind.LATENCY, FaultKind.LATE_LISTING, FaultKind.SLOW, FaultKind.LATE_INBOUND, FaultKind.DOUBLE_INBOUND}
)
NEEDS_CODE = frozenset({FaultKind.REFUSED, FaultKind.FAILED, FaultKind.UNDELIVERED})


@dataclass
class Fault:
    """One fault for one phone ("*": all phones). It applies `count` times; without a count, until cleared."""

    phone: str
    kind: FaultKind
    seconds: float = 60.0
    code: int | None = None
    count: int | None = None


class Faults:
    """The active faults, at most one of a kind for a phone. A phone's own fault takes precedence over one of "*"."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: dict[tuple[str, FaultKind], Fault] = {}

    def set(
        self,
        phone: str,
        kind: FaultKind | str,
        *,
        seconds: float | None = None,
        code: int | None = None,
        count: int | None = None,
    ) -> Fault:
        """Set a fault for a phone. Raises ValueError if the kind needs `seconds` or a `code`."""
        kind, phone = FaultKind(kind), phone.removeprefix("whatsapp:")
        if kind in NEEDS_SECONDS and seconds is None:
            raise ValueError(f"{kind} needs seconds")
        if kind in NEEDS_CODE and code is None:
            raise ValueError(f"{kind} needs a code")
        fault = Fault(phone, kind, 60.0 if seconds is None else seconds, code, count)
        with self._lock:
            self._faults[phone, kind] = fault
        return fault

    def take(self, phone: str, kinds: Iterable[FaultKind]) -> Fault | None:
        """Return a phone's first active fault of these kinds and use it up once. Return None if there is none."""
        with self._lock:
            for kind in kinds:
                fault = self._faults.get((phone, kind)) or self._faults.get((EVERY_PHONE, kind))
                if fault:
                    self._use_up(fault)
                    return fault
        return None

    def is_active(self, phone: str, kind: FaultKind) -> bool:
        """Return whether a fault is active for a phone, without using it up."""
        with self._lock:
            return (phone, kind) in self._faults or (EVERY_PHONE, kind) in self._faults

    def all(self) -> list[Fault]:
        """Return the active faults."""
        with self._lock:
            return list(self._faults.values())

    def clear(self, phone: str | None = None, kind: FaultKind | str | None = None) -> None:
        """Clear faults: of one phone, of one kind, or all."""
        with self._lock:
            kept = self._faults.items()
            self._faults = {k: f for k, f in kept if phone not in (None, f.phone) or kind not in (None, f.kind)}

    def _use_up(self, fault: Fault) -> None:
        if fault.count is None:
            return
        fault.count -= 1
        if fault.count <= 0:
            del self._faults[fault.phone, fault.kind]
