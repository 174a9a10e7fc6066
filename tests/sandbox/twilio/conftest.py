"""Fixtures: a pretend Twilio, Twilio's SDK as its client, and a webhook receiver that checks signatures."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl

import pytest
from twilio.http.http_client import TwilioHttpClient
from twilio.request_validator import RequestValidator
from twilio.rest import Client
from twilio.rest.content.v1.content import ContentList
from twilio.rest.content.v1.content.approval_create import ApprovalCreateList

from sandbox.twilio import Pace, PretendTwilio

ACCOUNT_SID = "AC" + "0" * 32
TOKEN = "0123456789abcdef0123456789abcdef"
NUMBER = "+14155238886"
SENDER = f"whatsapp:{NUMBER}"
ADA = "+2348031234567"
BEN = "+2348037654321"
QUICK = Pace(0.01, 0.02, 0.03)


@dataclass
class Post:
    """One received webhook."""

    target: str
    headers: dict[str, str]
    form: dict[str, str]
    signed: bool


@dataclass
class Receiver:
    """Receives Twilio's webhooks and answers with `status`. The next `hangs` webhooks get no answer."""

    base_url: str = ""
    status: int = 204
    hangs: int = 0
    posts: list[Post] = field(default_factory=list)

    def url(self, target: str) -> str:
        return self.base_url + target

    def wait_for(self, count: int, seconds: float = 5.0) -> list[Post]:
        """Return the webhooks as soon as there are `count`."""
        until(lambda: len(self.posts) >= count, seconds)
        return list(self.posts)

    def statuses(self) -> list[str]:
        return [post.form["MessageStatus"] for post in self.posts]


def until(holds: Callable[[], bool], seconds: float = 5.0) -> None:
    """Wait until a condition holds. Fail after `seconds`."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"not within {seconds} s"
        time.sleep(0.005)


def client_of(twilio: PretendTwilio, *, sid: str = ACCOUNT_SID, token: str = TOKEN, timeout: float = 5.0) -> Client:
    """Return a client of Twilio's SDK that calls the pretend Twilio."""
    client = Client(sid, token, account_sid=ACCOUNT_SID, http_client=TwilioHttpClient(timeout=timeout))
    client.api.base_url = client.content.base_url = twilio.base_url
    return client


#: A template as the desk posts it. Tests change single fields.
OFFER = {
    "friendly_name": "offer",
    "language": "en",
    "variables": {"1": "Ada", "2": "K7F3"},
    "types": {
        "twilio/quick-reply": {
            "body": "Hello {{1}}, there is a new inspection for you: {{2}}. Will you take it?",
            "actions": [
                {"type": "QUICK_REPLY", "title": "Yes", "id": "yes_{{2}}"},
                {"type": "QUICK_REPLY", "title": "No", "id": "no_{{2}}"},
            ],
        }
    },
}


def text_of(body: str) -> dict[str, Any]:
    """Return the types of a template without buttons."""
    return {"twilio/text": {"body": body}}


def buttons(count: int) -> dict[str, Any]:
    """Return the types of a template with this number of buttons."""
    actions = [{"type": "QUICK_REPLY", "title": f"Answer {n}", "id": f"a{n}"} for n in range(1, count + 1)]
    return {"twilio/quick-reply": {"body": "Which one?", "actions": actions}}


def create(client: Client, **changes: Any) -> Any:
    """Create a template; return the SDK's object."""
    return client.content.v1.contents.create(ContentList.ContentCreateRequest(OFFER | changes))


def submit(client: Client, sid: str, name: str = "offer_v1", category: str = "UTILITY") -> Any:
    """Submit a template for approval."""
    request = ApprovalCreateList.ContentApprovalRequest({"name": name, "category": category})
    return client.content.v1.contents(sid).approval_create.create(request)


def a_template(client: Client, twilio: PretendTwilio, status: str = "approved", **changes: Any) -> str:
    """Create a template with an approval status; return its sid."""
    sid = str(create(client, **changes).sid)
    if status != "unsubmitted":
        submit(client, sid)
        twilio.decide(sid, status)
    return sid


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    kept = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = dict(parse_qsl(raw, keep_blank_values=True))
            signature = self.headers.get("X-Twilio-Signature", "")
            signed = RequestValidator(TOKEN).validate(kept.url(self.path), form, signature)
            kept.posts.append(Post(self.path, dict(self.headers), form, signed))
            if kept.hangs:
                kept.hangs -= 1
                self.rfile.read(1)  # returns when the caller closes the connection
                return
            self.send_response(kept.status)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            return

    class Server(ThreadingHTTPServer):
        request_queue_size = 128

    server = Server(("127.0.0.1", 0), Handler)
    kept.base_url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield kept
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def twilio(receiver: Receiver) -> Iterator[PretendTwilio]:
    with PretendTwilio(
        account_sid=ACCOUNT_SID,
        auth_token=TOKEN,
        number=NUMBER,
        inbound_url=receiver.url("/api/webhooks/twilio/whatsapp"),
        pace=QUICK,
    ) as pretend:
        yield pretend


@pytest.fixture
def client(twilio: PretendTwilio) -> Client:
    return client_of(twilio)
