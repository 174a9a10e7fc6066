"""Checks the pretend Twilio against Twilio's OpenAPI documents: python -m sandbox.conformance DIR [DAY].

DIR contains twilio_api_v2010.json and twilio_content_v1.json (github.com/twilio/twilio-oai, spec/json). Checked are the
tables of sandbox.twilio.facts, and the SDK's requests with their answers, made as the product makes them. DAY is a file
of sandbox.twilio.recording: the product's own requests of a day are checked, too.
"""

import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from flask import Response
from twilio.base.exceptions import TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from sandbox import content_conformance
from sandbox.content_conformance import Check, differences
from sandbox.twilio import Pace, PretendTwilio, facts, recording, spec
from sandbox.twilio.recording import Exchanged
from sandbox.twilio.spec import COLLECTION, INSTANCE, Spec

#: The documents of the Messages API and of the Content API.
Documents = tuple[Spec, Spec]
ACCOUNT_SID = "AC" + "5a" * 16
TOKEN = "conformance-token"  # noqa: S105 - only for the pretend server of this run
NUMBER = "+14155238886"
PERSON = "whatsapp:+2348031234567"
CALLBACK = "http://127.0.0.1:9/api/webhooks/twilio/status?message=5f3a&attempt=1"  # nothing listens on port 9
#: Our route -> its path in the documents.
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


def _template(each: Exchanged) -> str:
    return TEMPLATES[each.endpoint]


def _name(each: Exchanged) -> str:
    """Return a request's name for the report."""
    template = _template(each)
    return f"{each.method} {template.partition('Accounts/{AccountSid}/')[2] or template} -> {each.status}"


def _document(documents: Documents, each: Exchanged) -> Spec:
    messages, contents = documents
    return contents if _template(each).startswith("/v1/") else messages


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
    """Call a strict pretend Twilio with the SDK as the product does; return the requests with their answers."""
    twilio = PretendTwilio(
        account_sid=ACCOUNT_SID, auth_token=TOKEN, number=NUMBER, strict=True, pace=Pace(0.0, 0.0, 0.0)
    )
    seen: list[Exchanged] = []

    @twilio.app.after_request
    def note(response: Response) -> Response:
        seen.append(recording.exchanged(response))
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


def requests_and_answers(documents: Documents) -> Iterator[Check]:
    """Check the SDK's requests and their answers."""
    for each in exchanges():
        yield f"request {_name(each)}", _request_problems(documents, each)
        if each.status < 400:
            yield f"answer {_name(each)}", _answer_problems(documents, each)
        else:
            yield f"error {_name(each)} {each.body.get('code')}", _error_problems(each)


def day(documents: Documents, seen: Iterable[Exchanged]) -> Iterator[Check]:
    """Check the product's requests of a day, one line for each kind of request. A refused request is a failure."""
    counts: dict[str, int] = defaultdict(int)
    found: dict[str, dict[str, None]] = defaultdict(dict)  # a set that keeps its order
    for each in seen:
        problems = _request_problems(documents, each)
        if each.status < 400:
            problems += _answer_problems(documents, each)
        else:
            problems += [*_error_problems(each), f"refused: {each.body.get('code')} {each.body.get('message')}"]
        counts[_name(each)] += 1
        found[_name(each)] |= dict.fromkeys(problems)
    yield "day     has requests", [] if counts else ["no requests recorded"]
    for name, count in counts.items():
        yield f"day     {name}, {count} times", list(found[name])


def _request_problems(documents: Documents, each: Exchanged) -> list[str]:
    document, template, method, found = _document(documents, each), _template(each), each.method.lower(), []
    names = {"account_sid": "AccountSid", "sid": "ContentSid" if "{ContentSid}" in template else "Sid"}
    in_path = {names[name]: value for name, value in each.path_values.items()}
    for name, schema in document.parameters(template, "path", method).items():
        found += spec.problems(schema, in_path.get(name), name)
    if each.json is not None:
        return found + content_conformance.request_problems(document, template, each.json, each.status)
    posted = document.request(template) if each.method == "POST" else {}
    known = posted.get("properties") or document.parameters(template, "query", method)
    given = each.form if each.method == "POST" else each.query
    found += [f"{name} is not in the document" for name in given if name not in known]
    for name, texts in given.items():
        if name in known and each.status < 400:  # a refused request is wrong on purpose
            found += spec.problems(known[name], spec.read_as(known[name], texts), name)
    return found + [f"{name} is missing" for name in set(posted.get("required", ())) - set(given)]


def _answer_problems(documents: Documents, each: Exchanged) -> list[str]:
    document, template = _document(documents, each), _template(each)
    found = spec.problems(document.answer(template, each.method.lower(), each.status), each.body)
    return found + content_conformance.inner(document, template, each.body)


def _error_problems(each: Exchanged) -> list[str]:
    """Check an error's shape. The documents have no schema for errors; the shape is that of captured answers."""
    body = each.body
    found = differences(set(body), set(facts.ERROR_FIELDS))
    if body.get("status") != each.status or body.get("code") not in facts.ERRORS:
        found.append(f"status {body.get('status')} and code {body.get('code')} do not fit the answer")
    return found


def main(arguments: list[str]) -> int:
    """Print one line for each check, and a count. Return 0 if all checks pass."""
    directory, *recorded = map(Path, arguments or [""])
    files = [directory / spec.FILE, directory / spec.CONTENT_FILE, *recorded]
    if not 1 <= len(arguments) <= 2 or not all(path.is_file() for path in files):
        wanted = f"{spec.FILE} and {spec.CONTENT_FILE}, and DAY is a recorded day"
        print(f"usage: python -m sandbox.conformance DIR [DAY], where DIR contains Twilio's {wanted}", file=sys.stderr)
        return 1
    messages, contents = documents = Spec(files[0]), Spec(files[1])
    checks = [*tables(messages), *content_conformance.tables(contents), *requests_and_answers(documents)]
    for path in recorded:
        checks += day(documents, recording.read(path))
    for name, found in checks:
        print(f"{'FAIL' if found else 'ok  '}  {name}" + "".join(f"\n      {problem}" for problem in found))
    failed = sum(bool(found) for _, found in checks)
    print(f"{len(checks)} checks, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
