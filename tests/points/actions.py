"""Actions to kill: a worker's task, a request of the platform, a webhook of Twilio."""

from dataclasses import dataclass
from typing import Any

from flask.testing import FlaskClient
from twilio.request_validator import RequestValidator

from dispatch.app import create_app
from dispatch.channels.whatsapp import signature
from tests.stories.tasks import perform

_URLS = create_app().url_map.bind("")
STILL_ANSWERING = 409


@dataclass(frozen=True)
class Task:
    """A worker's task. After a kill the broker delivers it again, or has lost it."""

    name: str
    args: tuple[Any, ...] = ()

    def run(self, api: FlaskClient) -> None:
        """Run the task as a worker does."""
        perform(self.name, list(self.args))


@dataclass(frozen=True)
class Call:
    """A request of the platform, with or without an Idempotency-Key, repeated if it got no answer.

    `then` is the status of the repetition if the killed request had done all its work, where that differs.
    """

    method: str
    path: str
    body: dict[str, Any] | None = None
    keyed: bool = False
    then: int | None = None

    @property
    def name(self) -> str:
        """The operation: method and route."""
        rule, _ = _URLS.match(self.path, self.method, return_rule=True)
        return f"{self.method} {rule.rule}"

    def run(self, api: FlaskClient) -> int:
        """Send the request; return the status."""
        headers = {"Idempotency-Key": self.path} if self.keyed else {}
        return api.open(self.path, method=self.method, json=self.body, headers=headers).status_code


@dataclass(frozen=True)
class Form:
    """A webhook of Twilio, repeated if it got no answer (docs/operations.md explains how to configure that)."""

    path: str
    fields: dict[str, str]

    @property
    def name(self) -> str:
        """The operation: method and route."""
        return f"POST {self.path.partition('?')[0]}"

    def run(self, api: FlaskClient) -> int:
        """Post the form; return the status."""
        ours = signature.settings()
        sign = RequestValidator(ours.twilio.auth_token).compute_signature
        headers = {"X-Twilio-Signature": sign(ours.web.public_base_url + self.path, self.fields)}
        return api.post(self.path, data=self.fields, headers=headers).status_code


Action = Task | Call | Form


def operations() -> set[str]:
    """Return all operations that write: all except GET."""
    rules = create_app().url_map.iter_rules()
    return {
        f"{method} {rule.rule}" for rule in rules for method in (rule.methods or set()) - {"GET", "HEAD", "OPTIONS"}
    }
