"""The pretend Twilio's account at work: takes messages, delivers them with receipts, passes on what people say."""

import threading
import time
import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from werkzeug.datastructures import MultiDict

from sandbox.twilio import webhooks
from sandbox.twilio.delivery import Pace, Step, plan, reaches
from sandbox.twilio.faults import FaultKind, Faults
from sandbox.twilio.later import Later
from sandbox.twilio.ledger import INBOUND, OUTBOUND, Ledger, Message, now

#: Seconds between two looks whether a phone is on again.
LOOK_AGAIN = 0.1


@dataclass
class Account:
    """Who the pretend Twilio believes to be serving; `number` is the sender's, "+1415…"."""

    sid: str
    token: str
    number: str
    inbound_url: str | None = None

    @property
    def sender(self) -> str:
        """The sender's address as on the wire."""
        return f"whatsapp:{self.number}"


@dataclass
class Attempt:
    """A POST to Messages that arrived, whatever became of it; `outcome` is "accepted", a code or a fault's name."""

    at: datetime
    to: str
    body: str
    parameters: dict[str, str]
    outcome: str = "arrived"

    @property
    def phone(self) -> str:
        """The number that it was meant for."""
        return self.to.removeprefix("whatsapp:")


class Said(NamedTuple):
    """What became of an inbound message: the webhook's HTTP status (None: nobody answered) after so long, the SID."""

    status: int | None
    sid: str
    seconds: float = 0.0


@dataclass
class Exchange:
    """One account's messages, faults and clock; `strict` refuses parameters that Twilio's document does not name."""

    account: Account
    strict: bool = False
    pace: Pace = field(default_factory=Pace)
    ledger: Ledger = field(default_factory=Ledger)
    faults: Faults = field(default_factory=Faults)
    later: Later = field(default_factory=Later)
    attempts: list[Attempt] = field(default_factory=list)
    _held: dict[str, list[Message]] = field(default_factory=dict)  # by phone: what waits until it is on
    _held_lock: threading.Lock = field(default_factory=threading.Lock)
    caption: str = ""  # what whoever plays on the phones says about it

    def arrive(self, form: MultiDict[str, str]) -> Attempt:
        """Note a POST before anything is decided about it."""
        attempt = Attempt(now(), form.get("To", ""), form.get("Body", ""), form.to_dict())
        self.attempts.append(attempt)
        return attempt

    def accept(self, form: MultiDict[str, str]) -> Message:
        """Take a checked message and set its delivery going."""
        accepted_at = now()
        message = Message(
            sid=new_sid("MM" if form.get("MediaUrl") else "SM"),
            to=form["To"],
            from_=form["From"],
            body=form.get("Body", ""),
            status_callback=form.get("StatusCallback"),
            accepted_at=accepted_at,
            status="queued",
            content_sid=form.get("ContentSid"),
            content_variables=form.get("ContentVariables"),
            media=tuple(form.getlist("MediaUrl")),
        )
        if hidden := self.faults.take(message.phone, [FaultKind.LATE_LISTING]):
            message.listed_from = accepted_at + timedelta(seconds=hidden.seconds)
        self.ledger.add(message)
        steps = plan(message, self.pace, self.faults)
        silent = self.faults.take(message.phone, [FaultKind.NO_RECEIPTS]) is not None
        self.later.call(steps[0].after, self._carry, message, steps, silent, time.monotonic())
        return message

    def say(self, phone: str, text: str, *, profile_name: str | None = None, payload: str | None = None,
            button_text: str | None = None, quoted_sid: str | None = None, sid: str | None = None) -> Said:  # fmt: skip
        """Let a person write: post the signed webhook and wait for its answer.

        `payload` makes it a tap on a button of the quoted message, else of the last one sent to the phone;
        a `sid` already used repeats that delivery with whatever is given now.
        """
        if self.account.inbound_url is None:
            raise ValueError("no inbound_url is set")
        if payload is not None and quoted_sid is None:
            quoted_sid = self._last_sent_to(phone)
        message = Message(
            sid=sid or new_sid("SM"),
            to=self.account.sender,
            from_=f"whatsapp:{phone}",
            body=text,
            status_callback=None,
            accepted_at=now(),
            status="received",
            direction=INBOUND,
            sent_at=now(),
            payload=payload,
            button_text=text if payload is not None and button_text is None else button_text,
            quoted_sid=quoted_sid,
            profile_name=profile_name or f"Phone {phone[-4:]}",
        )
        return self._pass_on(message, self.account.inbound_url)

    def clear(self) -> None:
        """Forget messages, attempts and faults; a forgotten message gets no further receipt."""
        self.ledger.clear()
        self.faults.clear()
        self.attempts.clear()
        with self._held_lock:
            self._held.clear()

    def _pass_on(self, message: Message, url: str) -> Said:
        """Post what a person wrote: late, or once more beside, where that was asked for."""
        self.ledger.add(message)
        form, token = webhooks.inbound(message, self.account.sid), self.account.token
        if late := self.faults.take(message.phone, [FaultKind.LATE_INBOUND]):
            time.sleep(late.seconds)
        if again := self.faults.take(message.phone, [FaultKind.DOUBLE_INBOUND]):
            self.later.call(again.seconds, webhooks.post, url, form, token)
        began = time.monotonic()
        status = webhooks.post(url, form, token)
        took = time.monotonic() - began
        self.ledger.answered(self.ledger.get(message.sid) or message, status)
        return Said(status, message.sid, took)

    def _must_wait(self, message: Message) -> bool:
        """Whether the phone is off, or on again and something older is still to arrive there."""
        off = self.faults.stands(message.phone, FaultKind.OFF)
        with self._held_lock:
            held = self._held.setdefault(message.phone, [])
            if message not in held and (off or held):
                held.append(message)
                held.sort(key=lambda each: each.accepted_at)
            return off or (bool(held) and held[0] is not message)

    def _let_the_next_through(self, message: Message) -> None:
        with self._held_lock:
            held = self._held.get(message.phone, [])
            if message in held:
                held.remove(message)

    def _last_sent_to(self, phone: str) -> str | None:
        return next((m.sid for m in reversed(self.ledger.with_phone(phone)) if m.direction == OUTBOUND), None)

    def _carry(self, message: Message, steps: list[Step], silent: bool, started: float) -> None:
        """Take the next step and arrange the one after: a receipt never overtakes the one before it."""
        step, *rest = steps
        if reaches(step) and self._must_wait(message):
            if self.ledger.get(message.sid):
                self.later.call(LOOK_AGAIN, self._carry, message, steps, silent, time.monotonic() - step.after)
            return
        if not self.ledger.advance(message, step.status, step.error_code):
            return
        if reaches(step):
            self._let_the_next_through(message)
        if message.status_callback and not silent:
            form = webhooks.receipt(message, step.status, step.error_code, self.account.sid)
            message.receipts.append((step.status, webhooks.post(message.status_callback, form, self.account.token)))
        if rest:
            wait = max(0.0, started + rest[0].after - time.monotonic())
            self.later.call(wait, self._carry, message, rest, silent, started)


def new_sid(prefix: str) -> str:
    """Return a sid that nothing else has."""
    return prefix + uuid.uuid4().hex
