"""The pretend Twilio as one object: start it, look at what it was sent, let people write, let things go wrong."""

import threading
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from types import TracebackType
from typing import Self

from flask import Blueprint, Flask, jsonify, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from sandbox.twilio import answers, api, control, facts
from sandbox.twilio.checking import RefusedError
from sandbox.twilio.delivery import Pace
from sandbox.twilio.exchange import Account, Attempt, Exchange, Said
from sandbox.twilio.faults import Faults
from sandbox.twilio.ledger import Message
from sandbox.twilio.server import HOST, Server

POLL_SECONDS = 0.01
What = str | Callable[[Message], bool]


class PretendTwilio:
    """Twilio's Messages API on 127.0.0.1, for one account and one WhatsApp sender.

    `number` is the sender's ("+1415…"); `inbound_url` is where people's messages go, and may be set later;
    `port` 0 takes a free one; `strict` refuses parameters that are not Twilio's; `pages` are served, too.
    """

    def __init__(
        self,
        *,
        account_sid: str,
        auth_token: str,
        number: str = "+14155238886",
        inbound_url: str | None = None,
        port: int = 0,
        pace: Pace | None = None,
        strict: bool = False,
        pages: Sequence[Blueprint] = (),
    ) -> None:
        self._exchange = Exchange(Account(account_sid, auth_token, number, inbound_url), strict, pace or Pace())
        self.app = create_app(self._exchange, pages)
        self._server = Server(self.app, port)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(POLL_SECONDS,), daemon=True)
        self.base_url = f"http://{HOST}:{self._server.port}"

    def start(self) -> Self:
        """Begin to listen."""
        self._exchange.later.start()
        self._thread.start()
        return self

    def stop(self) -> None:
        """Cut every connection, drop the receipts still to come, and leave no thread behind."""
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
        """What was accepted for sending, oldest first."""
        return self._exchange.ledger.outbound()

    @property
    def attempts(self) -> list[Attempt]:
        """Every POST to Messages that arrived with the right credentials, accepted or not."""
        return list(self._exchange.attempts)

    @property
    def faults(self) -> Faults:
        """What goes wrong, by phone."""
        return self._exchange.faults

    @property
    def inbound_url(self) -> str | None:
        """Where people's messages go."""
        return self._exchange.account.inbound_url

    @inbound_url.setter
    def inbound_url(self, url: str) -> None:
        self._exchange.account.inbound_url = url

    def sent_to(self, phone: str) -> list[Message]:
        """Return what was accepted for this number, oldest first."""
        return [message for message in self.outbox if message.phone == phone]

    def wait_for(self, what: What, seconds: float = 5.0, *, text: str = "") -> Message:
        """Return the first accepted message that fits, waiting up to so many seconds.

        `what` is a number ("+234…"), a part of the text, or a predicate on a Message; `text` must
        be in the message as well. Raises AssertionError with what did arrive.
        """
        return self.wait_for_many(what, 1, seconds, text=text)[0]

    def wait_for_many(self, what: What, count: int, seconds: float = 5.0, *, text: str = "") -> list[Message]:
        """Return all accepted messages that fit, once there are so many."""
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
    ) -> Said:
        """Let a person write or tap; see Exchange.say."""
        return self._exchange.say(
            phone,
            text,
            profile_name=profile_name,
            payload=payload,
            button_text=button_text,
            quoted_sid=quoted_sid,
            sid=sid,
        )

    def grow_older(self, by: timedelta) -> None:
        """Let what was accepted and said be so much older, as for tests in which time passes."""
        self._exchange.ledger.grow_older(by)

    def clear(self) -> None:
        """Forget messages, attempts, faults and the receipts still to come."""
        self._exchange.clear()


def create_app(exchange: Exchange, pages: Sequence[Blueprint] = ()) -> Flask:
    """Return the Flask app with Twilio's routes, the control routes, and pages."""
    app = Flask("sandbox.twilio", static_folder=None)
    app.extensions["exchange"] = exchange
    app.register_blueprint(api.routes)
    for routes in (control.routes, *pages):
        app.register_blueprint(routes)

    @app.errorhandler(HTTPException)
    def answer_error(problem: HTTPException) -> ResponseReturnValue:
        if not request.path.startswith(f"/{facts.API_VERSION}/"):
            return control.error(problem)
        status = problem.code or 500
        code = {404: 20404, 405: 20004, 500: 20500}.get(status, 20001)
        return jsonify(answers.error_body(RefusedError(code, request.path, status))), status

    return app


def _predicate(what: What) -> Callable[[Message], bool]:
    if not isinstance(what, str):
        return what
    wanted = what
    if wanted.startswith("+"):
        return lambda message: message.phone == wanted
    return lambda message: wanted in message.body
