"""The pretend Twilio's exchange: accepts messages, delivers them with receipts, forwards inbound messages."""

import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from werkzeug.datastructures import MultiDict

from sandbox.twilio import checking, sender, templates, webhooks
from sandbox.twilio.account import Account, Attempt, Said
from sandbox.twilio.carrier import Carrier
from sandbox.twilio.contents import Content, Contents
from sandbox.twilio.delivery import Pace, Step, plan
from sandbox.twilio.faults import FaultKind, Faults
from sandbox.twilio.later import Later
from sandbox.twilio.ledger import INBOUND, OUTBOUND, Ledger, Message, new_sid, now
from sandbox.twilio.sender import Limits

#: The caption over the phones: its text, and the phone and the job that it is about.
NO_CAPTION: dict[str, str | None] = {"text": "", "phone": None, "job": None}


@dataclass
class Exchange:
    """One account's messages, faults and clock. `strict` refuses parameters that are not in Twilio's spec."""

    account: Account
    strict: bool = False
    pace: Pace = field(default_factory=Pace)
    limits: Limits = field(default_factory=Limits)
    contents: Contents = field(default_factory=Contents)
    ledger: Ledger = field(default_factory=Ledger)
    faults: Faults = field(default_factory=Faults)
    later: Later = field(default_factory=Later)
    attempts: list[Attempt] = field(default_factory=list)
    caption: dict[str, str | None] = field(default_factory=lambda: dict(NO_CAPTION))  # shown over the phones
    watched: bool = False  # whether somebody has opened the phones page
    ahead: timedelta = timedelta()  # how far the clock was advanced

    def __post_init__(self) -> None:
        """Create the carrier."""
        self.carrier = Carrier(self.ledger, self.faults, self.later, self._post_receipt)

    def arrive(self, form: MultiDict[str, str]) -> Attempt:
        """Record a POST before it is checked."""
        attempt = Attempt(now(), form.get("To", ""), form.get("Body", ""), form.to_dict())
        self.attempts.append(attempt)
        return attempt

    def content_of(self, form: MultiDict[str, str]) -> Content | None:
        """Return the Content that a POST names. Return None if it names none. Raises RefusedError."""
        if not (sid := form.get("ContentSid")):
            return None
        if found := self.contents.get(sid):
            return found
        raise checking.RefusedError(21655)

    def accept(self, form: MultiDict[str, str]) -> Message:
        """Accept a checked message and start its delivery."""
        content, accepted_at = self.content_of(form), now()
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
        if content:
            _fill_in(message, content)
        if valid := form.get("ValidityPeriod"):
            message.expires_at = accepted_at + timedelta(seconds=int(valid))
        if hidden := self.faults.take(message.phone, [FaultKind.LATE_LISTING]):
            message.listed_from = accepted_at + timedelta(seconds=hidden.seconds)
        code = self.limits.error_code(message, content, self.ledger)
        self.ledger.add(message)
        steps = plan(message, self.pace, self.faults, code)
        self.carrier.take(message, steps, self.faults.take(message.phone, [FaultKind.NO_RECEIPTS]) is not None)
        return message

    def say(
        self,
        phone: str,
        text: str,
        *,
        profile_name: str | None = None,
        payload: str | None = None,
        button_text: str | None = None,
        quoted_sid: str | None = None,
        sid: str | None = None,
        to: str | None = None,
        opt_out: str | None = None,
    ) -> Said:
        """Send a person's message to the desk: post the signed webhook, wait for its answer. Raises ValueError.

        With a `payload` it is a tap on a button of the quoted message, or of the last message sent to the phone. A used
        `sid` repeats that delivery, with the values given now. `to` is one of the account's numbers, by default the
        first. `opt_out` is the keyword (STOP, START, HELP) that Advanced Opt-Out recognised and answered.
        """
        if self.account.inbound_url is None:
            raise ValueError("no inbound_url is set")
        if payload is not None and quoted_sid is None:
            quoted_sid = self._last_sent_to(phone)
        message = Message(
            sid=sid or new_sid("SM"),
            to=self._sender(to),
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
            opt_out=opt_out,
            profile_name=profile_name or f"Phone {phone[-4:]}",
        )
        return self._forward(message, self.account.inbound_url)

    def window_open_until(self, phone: str, number: str | None = None) -> datetime | None:
        """Return the end of a person's window for a sender (None: for any). Return None if they never wrote."""
        return sender.window_open_until(self.ledger, phone, number and self._sender(number))

    def grow_older(self, by: timedelta) -> None:
        """Make all messages and templates older by this time, as if the clock were advanced."""
        self.ahead += by
        self.ledger.grow_older(by)
        self.contents.grow_older(by)

    def clear(self) -> None:
        """Delete messages, attempts and faults. Keep templates. A deleted message gets no further receipts."""
        self.ledger.clear()
        self.faults.clear()
        self.attempts.clear()
        self.carrier.clear()
        self.limits.clear()

    def _forward(self, message: Message, url: str) -> Said:
        """Post an inbound message; late or twice if such a fault is set."""
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

    def _post_receipt(self, message: Message, step: Step) -> None:
        form = webhooks.receipt(message, step.status, step.error_code, self.account.sid)
        status = webhooks.post(message.status_callback or "", form, self.account.token)
        message.receipts.append((step.status, status))

    def _sender(self, number: str | None) -> str:
        address = f"whatsapp:{number or self.account.number}"
        if address not in self.account.senders:
            raise ValueError(f"{number} is not a sender of this account")
        return address

    def _last_sent_to(self, phone: str) -> str | None:
        return next((m.sid for m in reversed(self.ledger.with_phone(phone)) if m.direction == OUTBOUND), None)


def _fill_in(message: Message, content: Content) -> None:
    given = checking.read_variables(message.content_variables or "{}")
    filled = templates.fill(content.body, content.actions, content.variables, given)
    message.body, message.actions, message.samples_used = filled
    message.values = tuple(given.values())
