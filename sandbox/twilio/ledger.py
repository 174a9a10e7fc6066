"""The messages of the pretend Twilio, in both directions; thread-safe."""

import secrets
import threading
import uuid
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sandbox.twilio import facts

INBOUND = "inbound"
OUTBOUND = "outbound-api"


def now() -> datetime:
    """Return the current time, aware, in UTC."""
    return datetime.now(UTC)


def new_sid(prefix: str) -> str:
    """Return a unique sid."""
    return prefix + uuid.uuid4().hex


@dataclass
class Message:
    """One message as Twilio stores it. `to` and `from_` are addresses ("whatsapp:+234…").

    `webhook_status` is our webhook's HTTP status for an inbound message, 0 if there was no answer. `receipts` are the
    posted receipts, each with the answer's status. `revision` rises with each change of any message. If the message was
    sent by template, `actions` are its buttons (title, payload), `values` the given values of its variables, and
    `samples_used` the names of variables without a given value.
    """

    sid: str
    to: str
    from_: str
    body: str
    status_callback: str | None
    accepted_at: datetime
    status: str
    direction: str = OUTBOUND
    updated_at: datetime | None = None
    sent_at: datetime | None = None
    error_code: int | None = None
    content_sid: str | None = None
    content_variables: str | None = None
    values: tuple[str, ...] = ()
    actions: tuple[tuple[str, str], ...] = ()
    samples_used: tuple[str, ...] = ()
    media: tuple[str, ...] = ()
    expires_at: datetime | None = None
    payload: str | None = None
    button_text: str | None = None
    quoted_sid: str | None = None
    opt_out: str | None = None
    profile_name: str | None = None
    listed_from: datetime | None = None
    webhook_status: int | None = None
    receipts: list[tuple[str, int | None]] = field(default_factory=list)
    revision: int = 0

    @property
    def phone(self) -> str:
        """The person's number, "+234…", in both directions."""
        return (self.from_ if self.direction == INBOUND else self.to).removeprefix("whatsapp:")


class Ledger:
    """All messages since the start or the last clear, oldest first."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._changed = threading.Condition(self._lock)
        self._revision = 0
        self.era = secrets.token_hex(4)  # changes with each clear; revisions then start at 1
        self._by_change: dict[str, Message] = {}  # the latest change last
        self._messages: list[Message] = []
        self._by_sid: dict[str, Message] = {}
        self._by_phone: dict[str, list[Message]] = defaultdict(list)
        self._last_inbound: dict[str, dict[str, Message]] = defaultdict(dict)  # by phone and sender

    def add(self, message: Message) -> None:
        """Store a message. A message with a known sid is a repetition and changes nothing."""
        with self._lock:
            if message.sid in self._by_sid:
                return
            self._messages.append(message)
            self._by_sid[message.sid] = message
            self._by_phone[message.phone].append(message)
            if message.direction == INBOUND:
                self._last_inbound[message.phone][message.to] = message
            self._touch(message)

    def get(self, sid: str) -> Message | None:
        """Return the message with this sid. Return None if there is none."""
        return self._by_sid.get(sid)

    def outbound(self) -> list[Message]:
        """Return the messages accepted for sending, oldest first."""
        with self._lock:
            return [message for message in self._messages if message.direction == OUTBOUND]

    def with_phone(self, phone: str) -> list[Message]:
        """Return all messages of a number, in both directions, oldest first."""
        with self._lock:
            return list(self._by_phone.get(phone, ()))

    def last_by_phone(self) -> dict[str, Message]:
        """Return the latest message of each number."""
        with self._lock:
            return {phone: messages[-1] for phone, messages in self._by_phone.items()}

    def last_inbound(self, phone: str, sender: str | None = None) -> Message | None:
        """Return a person's last message, to one sender's address or to any. Return None if they never wrote."""
        with self._lock:
            found = [m for to, m in self._last_inbound.get(phone, {}).items() if sender in (None, to)]
        return max(found, key=lambda message: message.accepted_at, default=None)

    def changed_since(self, revision: int, seconds: float) -> list[Message]:
        """Return the messages changed after a revision, in order of change. Wait up to `seconds` for the first."""
        with self._changed:
            era = self.era
            self._changed.wait_for(lambda: self._revision > revision or self.era != era, seconds)
            changed = []
            for message in reversed(self._by_change.values()):
                if message.revision <= revision:
                    break
                changed.append(message)
            return changed[::-1]

    def answered(self, message: Message, status: int | None) -> None:
        """Store our webhook's status for an inbound message; None (no answer) is stored as 0."""
        with self._lock:
            message.webhook_status = status or 0
            if message.sid in self._by_sid:
                self._touch(message)

    def newest_first(self, matches: Callable[[Message], bool], phone: str | None = None) -> list[Message]:
        """Return matching messages, of one number or of all, newest first. Leave out those that are not listed yet."""
        with self._lock:
            known = list(self._messages if phone is None else self._by_phone.get(phone, ()))
        at = now()
        return [m for m in reversed(known) if (m.listed_from is None or m.listed_from <= at) and matches(m)]

    def advance(self, message: Message, status: str, error_code: int | None = None) -> bool:
        """Raise a message's status. Return False if the message was cleared."""
        with self._lock:
            if message.sid not in self._by_sid:
                return False
            if facts.STATUS_RANK[status] > facts.STATUS_RANK[message.status]:
                message.status, message.updated_at, message.error_code = status, now(), error_code
                self._touch(message)
            if message.sent_at is None and status != "failed":
                message.sent_at = now()
            return True

    def grow_older(self, by: timedelta) -> None:
        """Make all messages older by this time, as if the clock were advanced."""
        with self._lock:
            for message in self._messages:
                message.accepted_at -= by
                for name in ("updated_at", "sent_at", "listed_from", "expires_at"):
                    if moment := getattr(message, name):
                        setattr(message, name, moment - by)

    def clear(self) -> None:
        """Delete all messages."""
        with self._lock:
            self._messages.clear()
            self._by_sid.clear()
            self._by_phone.clear()
            self._last_inbound.clear()
            self._by_change.clear()
            self.era, self._revision = secrets.token_hex(4), 0
            self._changed.notify_all()

    def _touch(self, message: Message) -> None:
        self._revision += 1
        message.revision = self._revision
        self._by_change.pop(message.sid, None)
        self._by_change[message.sid] = message
        self._changed.notify_all()
