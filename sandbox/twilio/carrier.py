"""Delivers accepted messages: posts receipts one after the other, and in order after a phone was off."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from sandbox.twilio.delivery import Step, reaches
from sandbox.twilio.faults import FaultKind, Faults
from sandbox.twilio.later import Later
from sandbox.twilio.ledger import Ledger, Message, now

#: Seconds between two checks whether a phone is on again.
RECHECK_AFTER = 0.1
EXPIRED = Step(0.0, "failed", 30036)


@dataclass
class Carrier:
    """Delivers messages step by step. `post_receipt` posts a step's receipt."""

    ledger: Ledger
    faults: Faults
    later: Later
    post_receipt: Callable[[Message, Step], None]
    _held: dict[str, list[Message]] = field(default_factory=dict)  # by phone: messages that wait until it is on
    _held_lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, message: Message, steps: list[Step], silent: bool) -> None:
        """Start a message's delivery."""
        self.later.call(steps[0].after, self._carry, message, steps, silent, time.monotonic())

    def clear(self) -> None:
        """Drop the waiting messages."""
        with self._held_lock:
            self._held.clear()

    def _must_wait(self, message: Message) -> bool:
        """Return whether the phone is off, or an older message to it is still waiting."""
        off = self.faults.is_active(message.phone, FaultKind.OFF)
        with self._held_lock:
            held = self._held.setdefault(message.phone, [])
            if message not in held and (off or held):
                held.append(message)
                held.sort(key=lambda each: each.accepted_at)
            return off or (bool(held) and held[0] is not message)

    def _release_next(self, message: Message) -> None:
        with self._held_lock:
            held = self._held.get(message.phone, [])
            if message in held:
                held.remove(message)

    def _carry(self, message: Message, steps: list[Step], silent: bool, started: float) -> None:
        """Take one step, then schedule the next step, so that receipts stay in order."""
        step, *rest = steps
        if reaches(step) and self._must_wait(message):
            if message.expires_at is None or now() < message.expires_at:
                if self.ledger.get(message.sid):
                    self.later.call(RECHECK_AFTER, self._carry, message, steps, silent, time.monotonic() - step.after)
                return
            step, rest = EXPIRED, []
        if not self.ledger.advance(message, step.status, step.error_code):
            return
        if reaches(step) or step is EXPIRED:
            self._release_next(message)
        if message.status_callback and not silent:
            self.post_receipt(message, step)
        if rest:
            wait = max(0.0, started + rest[0].after - time.monotonic())
            self.later.call(wait, self._carry, message, rest, silent, started)
