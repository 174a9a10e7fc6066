"""An action as it comes to a process: a task for a worker, a request of the platform's, a form of Twilio's."""

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
    """A task as a worker gets it; the broker delivers it again, or has lost it."""

    name: str
    args: tuple[Any, ...] = ()

    def run(self, api: FlaskClient) -> None:
        """Do it, as a worker would."""
        perform(self.name, list(self.args))


@dataclass(frozen=True)
class Call:
    """A request of the platform's, under an Idempotency-Key or not; it asks again when it got no answer.

    `then` is what it is answered in the end when all had been done already, if not what it is answered else.
    """

    method: str
    path: str
    body: dict[str, Any] | None = None
    keyed: bool = False
    then: int | None = None

    @property
    def name(self) -> str:
        """The operation, with its route."""
        rule, _ = _URLS.match(self.path, self.method, return_rule=True)
        return f"{self.method} {rule.rule}"

    def run(self, api: FlaskClient) -> int:
        """Make it; the answer's status."""
        headers = {"Idempotency-Key": self.path} if self.keyed else {}
        return api.open(self.path, method=self.method, json=self.body, headers=headers).status_code


@dataclass(frozen=True)
class Form:
    """A form that Twilio posts, and posts again when it got no answer (docs/operations.md tells how to set that)."""

    path: str
    fields: dict[str, str]

    @property
    def name(self) -> str:
        """The operation."""
        return f"POST {self.path.partition('?')[0]}"

    def run(self, api: FlaskClient) -> int:
        """Post it; the answer's status."""
        ours = signature.settings()
        sign = RequestValidator(ours.twilio.auth_token).compute_signature
        headers = {"X-Twilio-Signature": sign(ours.web.public_base_url + self.path, self.fields)}
        return api.post(self.path, data=self.fields, headers=headers).status_code


Action = Task | Call | Form


def operations() -> set[str]:
    """Return every operation that writes: all that is not a GET."""
    rules = create_app().url_map.iter_rules()
    return {
        f"{method} {rule.rule}" for rule in rules for method in (rule.methods or set()) - {"GET", "HEAD", "OPTIONS"}
    }
