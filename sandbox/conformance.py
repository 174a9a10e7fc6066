"""The pretend Twilio held against Twilio's own OpenAPI document: python -m sandbox.conformance DIR.

DIR holds twilio_api_v2010.json (from github.com/twilio/twilio-oai, spec/json). Checked are the tables of
sandbox.twilio.facts, every request that Twilio's SDK makes in the way the product uses it, and every answer.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from flask import Response, request
from twilio.base.exceptions import TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from sandbox.twilio import Pace, PretendTwilio, facts, spec
from sandbox.twilio.spec import COLLECTION, INSTANCE, Spec

ACCOUNT_SID = "AC" + "5a" * 16
TOKEN = "conformance-token"  # noqa: S105 - for the pretend server of this run only
NUMBER = "+14155238886"
PERSON = "whatsapp:+2348031234567"
CALLBACK = "http://127.0.0.1:9/api/webhooks/twilio/status?message=5f3a&attempt=1"  # nobody listens there

Check = tuple[str, list[str]]


@dataclass(frozen=True)
class Exchanged:
    """One request of the SDK as it arrived, and the answer it got."""

    method: str
    template: str
    path_values: dict[str, str]
    query: dict[str, list[str]]
    form: dict[str, list[str]]
    status: int
    body: Any

    @property
    def name(self) -> str:
        """What to call it in a line of the report."""
        return f"{self.method} {self.template.rpartition('/')[2]} -> {self.status}"


def tables(document: Spec) -> Iterator[Check]:
    """Compare the tables of facts with the document, in both directions."""
    answer = document.answer(COLLECTION, "post", 201)
    page = document.answer(COLLECTION, "get", 200)
    sid = document.parameters(INSTANCE, "path")["Sid"]["pattern"]
    yield "create parameters", _differences(facts.CREATE_PARAMETERS, set(document.form()))
    yield "list parameters", _differences(facts.LIST_PARAMETERS, set(document.parameters(COLLECTION, "query")))
    yield "message fields", _differences(set(facts.MESSAGE_FIELDS), set(answer["properties"]))
    yield "page fields", _differences(set(facts.PAGE_FIELDS), set(page["properties"]))
    yield "statuses", _differences(set(facts.STATUS_RANK), document.enum("status"))
    yield "directions", _differences(facts.DIRECTIONS, document.enum("direction"))
    yield "message sid", [] if sid == f"^{facts.MESSAGE_SID}$" else [f"ours is {facts.MESSAGE_SID}, theirs {sid}"]
    size = document.parameters(COLLECTION, "query")["PageSize"]
    yield "page size", [] if size.get("maximum") == facts.MAX_PAGE_SIZE else [f"theirs is {size}"]


def _differences(ours: set[str] | frozenset[str], theirs: set[str]) -> list[str]:
    return [f"{name}: only ours" for name in sorted(ours - theirs)] + [
        f"{name}: only theirs" for name in sorted(theirs - ours)
    ]


def exchanges() -> list[Exchanged]:
    """Let the real SDK do what the product does, against a pretend Twilio that refuses unknown parameters."""
    twilio = PretendTwilio(
        account_sid=ACCOUNT_SID, auth_token=TOKEN, number=NUMBER, strict=True, pace=Pace(0.0, 0.0, 0.0)
    )
    seen: list[Exchanged] = []

    @twilio.app.after_request
    def note(response: Response) -> Response:
        seen.append(_exchanged(response))
        return response

    with twilio:
        client = Client(ACCOUNT_SID, TOKEN, http_client=TwilioHttpClient(timeout=10))
        client.api.base_url = twilio.base_url
        _use(client, twilio)
    return seen


def _use(client: Client, twilio: PretendTwilio) -> None:
    sender, since = f"whatsapp:{NUMBER}", datetime.now(UTC).replace(microsecond=0)
    twilio.faults.set(PERSON.removeprefix("whatsapp:"), "failed", code=63016, count=1)
    for text in ("outside the window", "Hello! 👍", "once more"):
        sent = client.messages.create(to=PERSON, from_=sender, body=text, status_callback=CALLBACK)
    twilio.wait_for_many(lambda message: message.status in ("failed", "read"), 3)
    client.messages(sent.sid).fetch()
    client.messages.list(to=PERSON, from_=sender, date_sent_after=since, limit=20)
    client.messages.list(to=PERSON, from_=sender, limit=3, page_size=2)
    for wrong in ({"to": "whatsapp:+12", "body": "x"}, {"to": PERSON, "body": "x" * 1601}):
        try:
            client.messages.create(from_=sender, status_callback=CALLBACK, **wrong)
        except TwilioRestException:
            continue


def _exchanged(response: Response) -> Exchanged:
    values = {str(name): str(value) for name, value in (request.view_args or {}).items()}
    path_values = {{"account_sid": "AccountSid", "sid": "Sid"}[name]: value for name, value in values.items()}
    return Exchanged(
        method=request.method,
        template=INSTANCE if "Sid" in path_values else COLLECTION,
        path_values=path_values,
        query=request.args.to_dict(flat=False),
        form=request.form.to_dict(flat=False),
        status=response.status_code,
        body=response.get_json(),
    )


def requests_and_answers(document: Spec) -> Iterator[Check]:
    """Check every request of the SDK and every answer it got."""
    for each in exchanges():
        yield f"request {each.name}", _request_problems(document, each)
        if each.status < 400:
            schema = document.answer(each.template, each.method.lower(), each.status)
            yield f"answer {each.name}", spec.problems(schema, each.body) + _inner_problems(schema, each.body)
        else:
            yield f"error {each.name} {each.body.get('code')}", _error_problems(each)


def _request_problems(document: Spec, each: Exchanged) -> list[str]:
    known = document.parameters(each.template, "query") if each.method == "GET" else document.form()
    given = each.query if each.method == "GET" else each.form
    found = [f"{name} is not in the document" for name in given if name not in known]
    for name, texts in given.items():
        if name in known and each.status < 400:  # a refused request is wrong on purpose
            found += spec.problems(known[name], spec.read_as(known[name], texts), name)
    for name, schema in document.parameters(each.template, "path").items():
        found += spec.problems(schema, each.path_values.get(name), name)
    if each.method == "POST":
        found += [f"{name} is missing" for name in document.required() - set(given)]
    return found


def _inner_problems(schema: dict[str, Any], body: dict[str, Any]) -> list[str]:
    """A list's messages must be complete as well."""
    inner = schema["properties"].get("messages", {}).get("items")
    wanted = set(inner["properties"]) if inner else set()
    absent = {name for message in body.get("messages", []) for name in wanted - set(message)}
    return [f"messages: {name} is missing" for name in sorted(absent)]


def _error_problems(each: Exchanged) -> list[str]:
    """The document is silent about errors: the shape is that of captured ones, which the SDK reads."""
    body = each.body
    found = _differences(set(body), set(facts.ERROR_FIELDS))
    if body.get("status") != each.status or body.get("code") not in facts.ERRORS:
        found.append(f"status {body.get('status')} and code {body.get('code')} do not fit the answer")
    return found


def main(arguments: list[str]) -> int:
    """Print one line a check and a count; return 0 when all hold."""
    if len(arguments) != 1 or not (Path(arguments[0]) / spec.FILE).is_file():
        print(f"usage: python -m sandbox.conformance DIR, where DIR holds Twilio's {spec.FILE}", file=sys.stderr)
        return 1
    document = Spec(Path(arguments[0]))
    checks = [*tables(document), *requests_and_answers(document)]
    for name, found in checks:
        print(f"{'FAIL' if found else 'ok  '}  {name}" + "".join(f"\n      {problem}" for problem in found))
    failed = sum(bool(found) for _, found in checks)
    print(f"{len(checks)} checks, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
