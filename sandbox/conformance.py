"""The pretend Twilio held against Twilio's own OpenAPI documents: python -m sandbox.conformance DIR.

DIR holds twilio_api_v2010.json and twilio_content_v1.json (github.com/twilio/twilio-oai, spec/json). Checked are the
tables of sandbox.twilio.facts, every request that Twilio's SDK makes in the way the product uses it, and every answer.
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

from sandbox import content_conformance
from sandbox.content_conformance import Check, differences
from sandbox.twilio import Pace, PretendTwilio, facts, spec
from sandbox.twilio.spec import COLLECTION, INSTANCE, Spec

ACCOUNT_SID = "AC" + "5a" * 16
TOKEN = "conformance-token"  # noqa: S105 - for the pretend server of this run only
NUMBER = "+14155238886"
PERSON = "whatsapp:+2348031234567"
CALLBACK = "http://127.0.0.1:9/api/webhooks/twilio/status?message=5f3a&attempt=1"  # nobody listens there
#: Our routes, as the documents name them.
TEMPLATES = {
    "twilio.create": COLLECTION,
    "twilio.listing": COLLECTION,
    "twilio.fetch": INSTANCE,
    "content.create": spec.CONTENTS,
    "content.listing": spec.CONTENTS,
    "content.listing_with_approvals": spec.WITH_APPROVALS,
    "content.fetch": spec.CONTENT,
    "content.delete": spec.CONTENT,
    "content.submit": spec.SUBMISSION,
    "content.approval": spec.APPROVAL,
}


@dataclass(frozen=True)
class Exchanged:
    """One request of the SDK as it arrived, and the answer it got."""

    method: str
    template: str
    path_values: dict[str, str]
    query: dict[str, list[str]]
    form: dict[str, list[str]]
    json: Any
    status: int
    body: Any

    @property
    def name(self) -> str:
        """What to call it in a line of the report."""
        return f"{self.method} {self.template.partition('Accounts/{AccountSid}/')[2] or self.template} -> {self.status}"


def tables(document: Spec) -> Iterator[Check]:
    """Compare the tables of facts with the document, in both directions."""
    answer = document.answer(COLLECTION, "post", 201)
    page = document.answer(COLLECTION, "get", 200)
    sid = document.parameters(INSTANCE, "path")["Sid"]["pattern"]
    yield "create parameters", differences(facts.CREATE_PARAMETERS, set(document.request(COLLECTION)["properties"]))
    yield "list parameters", differences(facts.LIST_PARAMETERS, set(document.parameters(COLLECTION, "query")))
    yield "message fields", differences(set(facts.MESSAGE_FIELDS), set(answer["properties"]))
    yield "page fields", differences(set(facts.PAGE_FIELDS), set(page["properties"]))
    yield "statuses", differences(set(facts.STATUS_RANK), document.enum("message_enum_status"))
    yield "directions", differences(facts.DIRECTIONS, document.enum("message_enum_direction"))
    yield "message sid", [] if sid == f"^{facts.MESSAGE_SID}$" else [f"ours is {facts.MESSAGE_SID}, theirs {sid}"]
    size = document.parameters(COLLECTION, "query")["PageSize"]
    yield "page size", [] if size.get("maximum") == facts.MAX_PAGE_SIZE else [f"theirs is {size}"]


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
        client.api.base_url = client.content.base_url = twilio.base_url
        _use(client, twilio)
        content_conformance.use(client, twilio, f"whatsapp:{NUMBER}", PERSON)
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
    template = TEMPLATES[request.endpoint or ""]
    names = {"account_sid": "AccountSid", "sid": "ContentSid" if "{ContentSid}" in template else "Sid"}
    return Exchanged(
        method=request.method,
        template=template,
        path_values={names[name]: str(value) for name, value in (request.view_args or {}).items()},
        query=request.args.to_dict(flat=False),
        form=request.form.to_dict(flat=False),
        json=request.get_json(silent=True),
        status=response.status_code,
        body=response.get_json() if response.status_code != 204 else None,
    )


def requests_and_answers(messages: Spec, contents: Spec) -> Iterator[Check]:
    """Check every request of the SDK and every answer it got."""
    for each in exchanges():
        document = contents if each.template.startswith("/v1/") else messages
        yield f"request {each.name}", _request_problems(document, each)
        if each.status < 400:
            schema = document.answer(each.template, each.method.lower(), each.status)
            found = spec.problems(schema, each.body)
            yield f"answer {each.name}", found + content_conformance.inner(document, each.template, each.body)
        else:
            yield f"error {each.name} {each.body.get('code')}", _error_problems(each)


def _request_problems(document: Spec, each: Exchanged) -> list[str]:
    found = []
    for name, schema in document.parameters(each.template, "path", each.method.lower()).items():
        found += spec.problems(schema, each.path_values.get(name), name)
    if each.json is not None:
        return found + content_conformance.request_problems(document, each.template, each.json, each.status)
    posted = document.request(each.template) if each.method == "POST" else {}
    known = posted.get("properties") or document.parameters(each.template, "query", each.method.lower())
    given = each.form if each.method == "POST" else each.query
    found += [f"{name} is not in the document" for name in given if name not in known]
    for name, texts in given.items():
        if name in known and each.status < 400:  # a refused request is wrong on purpose
            found += spec.problems(known[name], spec.read_as(known[name], texts), name)
    return found + [f"{name} is missing" for name in set(posted.get("required", ())) - set(given)]


def _error_problems(each: Exchanged) -> list[str]:
    """The documents are silent about errors: the shape is that of captured ones, which the SDK reads."""
    body = each.body
    found = differences(set(body), set(facts.ERROR_FIELDS))
    if body.get("status") != each.status or body.get("code") not in facts.ERRORS:
        found.append(f"status {body.get('status')} and code {body.get('code')} do not fit the answer")
    return found


def main(arguments: list[str]) -> int:
    """Print one line a check and a count; return 0 when all hold."""
    files = [Path(*arguments[:1]) / name for name in (spec.FILE, spec.CONTENT_FILE)]
    if len(arguments) != 1 or not all(path.is_file() for path in files):
        wanted = f"{spec.FILE} and {spec.CONTENT_FILE}"
        print(f"usage: python -m sandbox.conformance DIR, where DIR holds Twilio's {wanted}", file=sys.stderr)
        return 1
    messages, contents = map(Spec, files)
    checks = [*tables(messages), *content_conformance.tables(contents), *requests_and_answers(messages, contents)]
    for name, found in checks:
        print(f"{'FAIL' if found else 'ok  '}  {name}" + "".join(f"\n      {problem}" for problem in found))
    failed = sum(bool(found) for _, found in checks)
    print(f"{len(checks)} checks, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
