"""What can go wrong on demand, by phone number, and how often."""

import threading
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

EVERY_PHONE = "*"


class FaultKind(StrEnum):
    """The ways to go wrong; `…_accepted` means that the message was taken and is delivered all the same."""

    LATENCY = "latency"  # the answer takes `seconds` longer
    TOO_MANY = "429"
    SERVER_ERROR = "500"
    SERVER_ERROR_ACCEPTED = "500_accepted"
    CUT = "cut"  # the connection ends without an answer
    CUT_ACCEPTED = "cut_accepted"
    HANG = "hang"  # no answer for `seconds`, or until the client leaves; then cut
    HANG_ACCEPTED = "hang_accepted"
    REFUSED = "refused"  # the answer is an error with `code`
    FAILED = "failed"  # accepted; a receipt then says failed with `code`
    UNDELIVERED = "undelivered"  # accepted and sent; a receipt then says undelivered with `code`
    NO_RECEIPTS = "no_receipts"
    DOUBLE_RECEIPTS = "double_receipts"
    REVERSED_RECEIPTS = "reversed_receipts"
    LOOKUP_500 = "lookup_500"  # fetching and listing answer 500
    LATE_LISTING = "late_listing"  # accepted, but listed only `seconds` later
    LATE_INBOUND = (
        "late_inbound"  # what the person wrote is passed on `seconds` later, so that the next may overtake it
    )
    DOUBLE_INBOUND = "double_inbound"  # what the person wrote is passed on a second time, `seconds` later
    OFF = "off"  # the phone is off: nothing gets beyond `sent` until this ends
    SLOW = "slow"  # bad reception: `delivered` comes `seconds` later
    BLOCKED = "blocked"  # the person blocked us: `sent` for ever, and nobody is told


NEEDS_SECONDS = frozenset(
    {FaultKind.LATENCY, FaultKind.LATE_LISTING, FaultKind.SLOW, FaultKind.LATE_INBOUND, FaultKind.DOUBLE_INBOUND}
)
NEEDS_CODE = frozenset({FaultKind.REFUSED, FaultKind.FAILED, FaultKind.UNDELIVERED})


@dataclass
class Fault:
    """One thing that goes wrong for one phone ("*": for all), `count` times more or, without a count, for ever."""

    phone: str
    kind: FaultKind
    seconds: float = 60.0
    code: int | None = None
    count: int | None = None


class Faults:
    """The faults in force: at most one of a kind for a phone; the phone's own goes before that of "*"."""

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
        """Let something go wrong for a phone from now on; raise ValueError when the kind needs more."""
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
        """Return the first of these kinds that is in force for a phone, and wear it off by one."""
        with self._lock:
            for kind in kinds:
                fault = self._faults.get((phone, kind)) or self._faults.get((EVERY_PHONE, kind))
                if fault:
                    self._wear_off(fault)
                    return fault
        return None

    def stands(self, phone: str, kind: FaultKind) -> bool:
        """Tell whether a fault is in force for a phone, without wearing it off."""
        with self._lock:
            return (phone, kind) in self._faults or (EVERY_PHONE, kind) in self._faults

    def all(self) -> list[Fault]:
        """Return the faults in force."""
        with self._lock:
            return list(self._faults.values())

    def clear(self, phone: str | None = None, kind: FaultKind | str | None = None) -> None:
        """Let everything go well again, or one kind of thing, for one phone or for all."""
        with self._lock:
            kept = self._faults.items()
            self._faults = {k: f for k, f in kept if phone not in (None, f.phone) or kind not in (None, f.kind)}

    def _wear_off(self, fault: Fault) -> None:
        if fault.count is None:
            return
        fault.count -= 1
        if fault.count <= 0:
            del self._faults[fault.phone, fault.kind]
