"""Limits of a real WhatsApp sender: 24-hour window, template approval, Meta's tier."""

import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sandbox.twilio import facts
from sandbox.twilio.contents import Content
from sandbox.twilio.ledger import Ledger, Message, now

DAY = timedelta(hours=24)


@dataclass
class Limits:
    """The limits that are enforced.

    `window`: free text fails later than 24 hours after a person's last message. `tier`: the number of people who may
    get messages outside their window within 24 hours, for all senders together; None: no limit.
    """

    window: bool = False
    tier: int | None = None
    _reached: dict[str, Message] = field(default_factory=dict)  # by phone: the last message sent outside the window
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def error_code(self, message: Message, content: Content | None, ledger: Ledger) -> int | None:
        """Return the error code of a message that breaks a limit. Return None if it may be sent."""
        until = window_open_until(ledger, message.phone, message.from_)
        outside = until is None or until <= now()
        code = _unfit(message, content) or (self._outside(message, content) if outside else None)
        code = code or _too_many_buttons(message, content)
        return code if code or not outside else self._beyond_the_tier(message)

    def clear(self) -> None:
        """Reset the count of people."""
        with self._lock:
            self._reached.clear()

    def _outside(self, message: Message, content: Content | None) -> int | None:
        if content and content.status in facts.TEMPLATE_CODES:
            return facts.TEMPLATE_CODES[content.status]
        if content is None or content.status != "approved":
            return 63016 if self.window else None
        return 63013 if any(facts.BROKEN_VALUE.search(value) for value in message.values) else None

    def _beyond_the_tier(self, message: Message) -> int | None:
        with self._lock:
            since = now() - DAY
            people = {phone for phone, each in self._reached.items() if each.accepted_at > since}
            if self.tier is not None and message.phone not in people and len(people) >= self.tier:
                return 63018
            self._reached[message.phone] = message
            return None


def window_open_until(ledger: Ledger, phone: str, sender: str | None = None) -> datetime | None:
    """Return the end of a person's window for a sender (None: for any). Return None if they never wrote."""
    latest = ledger.last_inbound(phone, sender)
    return latest.accepted_at + DAY if latest else None


def _unfit(message: Message, content: Content | None) -> int | None:
    if content is None:
        return None
    if len(message.body) > facts.MAX_TEMPLATE_BODY:
        return 63021
    long = any(len(t) > facts.MAX_BUTTON_TITLE or len(p) > facts.MAX_BUTTON_ID for t, p in message.actions)
    return 63005 if long else None


def _too_many_buttons(message: Message, content: Content | None) -> int | None:
    """Docs: at most three buttons without approval."""
    approved = content is not None and content.status == "approved"
    return 63005 if not approved and len(message.actions) > facts.MAX_SESSION_BUTTONS else None
