"""The pretend Twilio as one object: start it, read sent messages, send inbound messages, set faults."""

import threading
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from types import TracebackType
from typing import Self

from flask import Blueprint

from sandbox.twilio.account import Account, Attempt, Said
from sandbox.twilio.app import create_app
from sandbox.twilio.contents import Content, Contents
from sandbox.twilio.delivery import Pace
from sandbox.twilio.exchange import Exchange
from sandbox.twilio.faults import Faults
from sandbox.twilio.ledger import Message
from sandbox.twilio.sender import Limits
from sandbox.twilio.server import HOST, Server

POLL_SECONDS = 0.01
What = str | Callable[[Message], bool]


class PretendTwilio:
    """Twilio's Messages and Content APIs on 127.0.0.1, for one account and its WhatsApp senders.

    `number` is the first sender ("+1415…"), `numbers` are the other ones. Inbound messages are posted to `inbound_url`,
    which may be set later. `port` 0 takes a free port. `strict` refuses parameters that are not in Twilio's spec.
    `pages` are additional routes. `window` enforces the 24-hour window; `tier` limits the number of people who may get
    messages outside of it in a day. Templates are approved after `approves_after` seconds; None: only by `decide`.
    """

    def __init__(
        self,
        *,
        account_sid: str,
        auth_token: str,
        number: str = "+14155238886",
        numbers: Sequence[str] = (),
        inbound_url: str | None = None,
        port: int = 0,
        pace: Pace | None = None,
        strict: bool = False,
        pages: Sequence[Blueprint] = (),
        window: bool = False,
        tier: int | None = None,
        approves_after: float | None = None,
    ) -> None:
        account = Account(account_sid, auth_token, number, inbound_url, tuple(numbers))
        limits, contents = Limits(window, tier), Contents(approves_after)
        self._exchange = Exchange(account, strict, pace or Pace(), limits, contents)
        self.app = create_app(self._exchange, pages)
        self._server = Server(self.app, port)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(POLL_SECONDS,), daemon=True)
        self.base_url = f"http://{HOST}:{self._server.port}"

    def start(self) -> Self:
        """Start to serve."""
        self._exchange.later.start()
        self._thread.start()
        return self

    def stop(self) -> None:
        """Close all connections, drop pending receipts, end all threads."""
        self._server.stop()
        self._thread.join()
        self._exchange.later.stop()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def outbox(self) -> list[Message]:
        """The messages accepted for sending, oldest first."""
        return self._exchange.ledger.outbound()

    @property
    def attempts(self) -> list[Attempt]:
        """All POSTs to Messages with the right credentials, accepted or not."""
        return list(self._exchange.attempts)

    @property
    def faults(self) -> Faults:
        """The faults, by phone."""
        return self._exchange.faults

    @property
    def inbound_url(self) -> str | None:
        """The URL that inbound messages are posted to."""
        return self._exchange.account.inbound_url

    @inbound_url.setter
    def inbound_url(self, url: str) -> None:
        self._exchange.account.inbound_url = url

    def sent_to(self, phone: str) -> list[Message]:
        """Return the messages accepted for this number, oldest first."""
        return [message for message in self.outbox if message.phone == phone]

    def wait_for(self, what: What, seconds: float = 5.0, *, text: str = "") -> Message:
        """Return the first accepted message that matches. Wait for it up to `seconds`.

        `what` is a number ("+234…"), a part of the text, or a predicate on a Message. The message must also contain
        `text`. Raises AssertionError with a list of the accepted messages.
        """
        return self.wait_for_many(what, 1, seconds, text=text)[0]

    def wait_for_many(self, what: What, count: int, seconds: float = 5.0, *, text: str = "") -> list[Message]:
        """Return all accepted messages that match, as soon as there are at least `count`. Raises AssertionError."""
        fits = _predicate(what)
        deadline = time.monotonic() + seconds
        while True:
            found = [message for message in self.outbox if text in message.body and fits(message)]
            if len(found) >= count:
                return found
            if time.monotonic() > deadline:
                arrived = "\n".join(f"  {m.status:11} {m.phone} {m.body!r}" for m in self.outbox) or "  nothing"
                raise AssertionError(f"{len(found)} of {count} messages after {seconds} s; accepted so far:\n{arrived}")
            time.sleep(POLL_SECONDS)

    @property
    def window(self) -> bool:
        """Whether free text fails outside the window."""
        return self._exchange.limits.window

    @window.setter
    def window(self, enforced: bool) -> None:
        self._exchange.limits.window = enforced

    @property
    def tier(self) -> int | None:
        """The number of people who may get messages outside their windows within 24 hours; None: no limit."""
        return self._exchange.limits.tier

    @tier.setter
    def tier(self, people: int | None) -> None:
        self._exchange.limits.tier = people

    @property
    def contents(self) -> list[Content]:
        """All templates, oldest first."""
        return self._exchange.contents.all()

    def decide(self, which: str, status: str, reason: str | None = None, category: str | None = None) -> list[Content]:
        """Set a template's approval status; see Contents.decide."""
        return self._exchange.contents.decide(which, status, reason, category)

    def window_open_until(self, phone: str, number: str | None = None) -> datetime | None:
        """Return the end of a person's window for a sender (None: for any). Return None if they never wrote."""
        return self._exchange.window_open_until(phone, number)

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
        """Send a person's message or tap to the desk; see Exchange.say."""
        return self._exchange.say(
            phone,
            text,
            profile_name=profile_name,
            payload=payload,
            button_text=button_text,
            quoted_sid=quoted_sid,
            sid=sid,
            to=to,
            opt_out=opt_out,
        )

    def grow_older(self, by: timedelta) -> None:
        """Make all messages and templates older by this time, for tests in which time passes."""
        self._exchange.grow_older(by)

    def clear(self) -> None:
        """Delete messages, attempts, faults and pending receipts. Keep templates."""
        self._exchange.clear()


def _predicate(what: What) -> Callable[[Message], bool]:
    if not isinstance(what, str):
        return what
    wanted = what
    if wanted.startswith("+"):
        return lambda message: message.phone == wanted
    return lambda message: wanted in message.body
