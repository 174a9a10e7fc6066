"""The conformance checks find differences. The documents here are small ones, made from our tables."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from sandbox import conformance
from sandbox.twilio import PretendTwilio, recording, spec
from tests.sandbox.documents import TEXT, Document, content_document, document, write

SENDER, PERSON = f"whatsapp:{conformance.NUMBER}", conformance.PERSON


def run(directory: Path, given: Document, contents: Document | None = None, day: Path | None = None) -> int:
    write(directory, given, contents or content_document())
    return conformance.main([str(directory), *([str(day)] if day else [])])


def test_all_checks_pass_for_unchanged_documents(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tmp_path, document()) == 0
    lines = capsys.readouterr().out.splitlines()
    assert all(line.startswith("ok  ") for line in lines[:-1])
    assert lines[-1] == f"{len(lines) - 1} checks, 0 failed"
    assert len(lines) > 20


def _form(given: Document) -> Document:
    form: Document = given["paths"][spec.COLLECTION]["post"]["requestBody"]["content"][spec.FORM]["schema"]
    return form


def _fields(given: Document) -> Document:
    fields: Document = given["components"]["schemas"]["message"]["properties"]
    return fields


def _query(given: Document, name: str) -> Document:
    parameters = given["paths"][spec.COLLECTION]["get"]["parameters"]
    return next(each for each in parameters if each["name"] == name)


@pytest.mark.parametrize(
    ("change", "found"),
    [
        pytest.param(
            lambda d: _form(d)["properties"].pop("StatusCallback"),
            "StatusCallback is not in the document",
            id="parameter gone",
        ),
        pytest.param(lambda d: _form(d)["properties"].update(New={}), "New: only theirs", id="parameter new"),
        pytest.param(
            lambda d: _form(d)["properties"].update(To={"type": "integer"}), "To: 'whatsapp:", id="parameter's type"
        ),
        pytest.param(lambda d: _form(d)["required"].append("New"), "New is missing", id="parameter required"),
        pytest.param(lambda d: _fields(d).pop("price"), "'price' was unexpected", id="field gone"),
        pytest.param(lambda d: _fields(d).update(new=TEXT), "\n      new is missing", id="field new"),
        pytest.param(
            lambda d: _fields(d).update(num_media={"type": "integer"}), "num_media: '0' is not", id="field's type"
        ),
        pytest.param(
            lambda d: _fields(d).update(body=TEXT | {"format": "date-time-rfc-2822"}),
            "body: 'Hello",
            id="field's format",
        ),
        pytest.param(
            lambda d: d["components"]["schemas"]["message_enum_status"]["enum"].remove("queued"),
            "'queued' is not one of",
            id="status gone",
        ),
        pytest.param(lambda d: _query(d, "DateSent>").update(name="Since"), "DateSent>", id="filter renamed"),
        pytest.param(
            lambda d: _query(d, "DateSent>")["schema"].update(pattern="^-$"), "DateSent>: '20", id="filter's values"
        ),
        pytest.param(
            lambda d: d["paths"][spec.INSTANCE]["get"]["parameters"][0]["schema"].update(pattern="^XX$"),
            "Sid: 'SM",
            id="sid's pattern",
        ),
    ],
)
def test_changed_messages_document_fails_and_names_the_difference(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], change: Callable[[Document], object], found: str
) -> None:
    changed = document()
    change(changed)
    assert run(tmp_path, changed) == 1
    output = capsys.readouterr().out
    assert found in output
    assert not output.rstrip().endswith(" 0 failed")


def _posted(given: Document, path: str) -> Document:
    fields: Document = given["paths"][path]["post"]["requestBody"]["content"][spec.JSON]["schema"]["properties"]
    return fields


def _answered(given: Document, path: str, method: str, status: str) -> Document:
    content: Document = given["paths"][path][method]["responses"][status]["content"][spec.JSON]
    return content


@pytest.mark.parametrize(
    ("change", "found"),
    [
        pytest.param(
            lambda d: _posted(d, spec.CONTENTS).pop("friendly_name"), "friendly_name: only ours", id="field gone"
        ),
        pytest.param(lambda d: _posted(d, spec.SUBMISSION).update(New={}), "New: only theirs", id="field new"),
        pytest.param(
            lambda d: _posted(d, spec.CONTENTS).update(language={"type": "integer"}),
            "language: 'en' is not",
            id="field's type",
        ),
        pytest.param(
            lambda d: d["components"]["schemas"]["types"]["properties"].pop("twilio/text"),
            "'twilio/text' was unexpected",
            id="type gone",
        ),
        pytest.param(
            lambda d: d["components"]["schemas"]["quickReplyActionType"].update(enum=["REPLY"]),
            "'QUICK_REPLY' is not one of",
            id="button's type",
        ),
        pytest.param(
            lambda d: _answered(d, spec.CONTENTS, "post", "201")["schema"]["properties"].update(new=TEXT),
            "\n      new is missing",
            id="answer's field",
        ),
        pytest.param(
            lambda d: _answered(d, spec.CONTENTS, "get", "200")["schema"]["properties"]["meta"]["properties"].update(
                total=TEXT
            ),
            "meta.total is missing",
            id="page's field",
        ),
        pytest.param(
            lambda d: _answered(d, spec.APPROVAL, "get", "200")["examples"]["0"]["value"]["whatsapp"].update(new=""),
            "new: only theirs",
            id="approval's field",
        ),
        pytest.param(
            lambda d: _answered(d, spec.WITH_APPROVALS, "get", "200")["schema"]["properties"]["contents"]["items"][
                "properties"
            ].update(sid={"type": "integer"}),
            "contents.0.sid: 'HX",
            id="listed field's type",
        ),
        pytest.param(
            lambda d: d["paths"][spec.CONTENT]["delete"]["parameters"][0]["schema"].update(pattern="^XX$"),
            "Sid: 'HX",
            id="sid's pattern",
        ),
    ],
)
def test_changed_content_document_fails_and_names_the_difference(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], change: Callable[[Document], object], found: str
) -> None:
    changed = content_document()
    change(changed)
    assert run(tmp_path, document(), changed) == 1
    output = capsys.readouterr().out
    assert found in output
    assert not output.rstrip().endswith(" 0 failed")


@pytest.fixture
def day(tmp_path: Path) -> Path:
    """The file of the recorded day."""
    return tmp_path / "day"


@pytest.fixture
def client(day: Path) -> Iterator[Client]:
    """The SDK, with a pretend Twilio that records its requests."""
    twilio = PretendTwilio(account_sid=conformance.ACCOUNT_SID, auth_token=conformance.TOKEN)
    recording.record(twilio.app, day)
    with twilio:
        client = Client(conformance.ACCOUNT_SID, conformance.TOKEN, http_client=TwilioHttpClient(timeout=10))
        client.api.base_url = client.content.base_url = twilio.base_url
        yield client


def test_recorded_day_is_checked_with_one_line_for_each_kind_of_request(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], client: Client, day: Path
) -> None:
    for text in ("Good morning", "Good evening"):
        sent = client.messages.create(to=PERSON, from_=SENDER, body=text)
    client.messages(sent.sid).fetch()
    client.content.v1.content_and_approvals.list(limit=1)
    assert run(tmp_path, document(), day=day) == 0
    lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith("ok    day ")]
    assert lines == [
        "ok    day     has requests",
        "ok    day     POST Messages.json -> 201, 2 times",
        "ok    day     GET Messages/{Sid}.json -> 200, 1 times",
        "ok    day     GET /v1/ContentAndApprovals -> 200, 1 times",
    ]


def test_refused_request_in_a_recorded_day_fails(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], client: Client, day: Path
) -> None:
    for _ in range(2):
        with pytest.raises(TwilioRestException):
            client.messages.create(to="whatsapp:+12", from_=SENDER, body="x")
    assert run(tmp_path, document(), day=day) == 1
    assert capsys.readouterr().out.count("refused: 21211") == 1


@pytest.mark.parametrize(
    ("change", "found"),
    [
        pytest.param(lambda d: _form(d)["properties"].pop("Body"), "Body is not in the document", id="parameter"),
        pytest.param(lambda d: _fields(d).update(body={"type": "integer"}), "body: 'Hello'", id="answer"),
        pytest.param(lambda d: _form(d)["properties"].update(Body={"type": "integer"}), "Body: 'Hello'", id="value"),
    ],
)
def test_difference_in_a_recorded_day_is_reported_once(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    client: Client,
    day: Path,
    change: Callable[[Document], object],
    found: str,
) -> None:
    for _ in range(2):
        client.messages.create(to=PERSON, from_=SENDER, body="Hello")
    changed = document()
    change(changed)
    assert run(tmp_path, changed, day=day) == 1
    (told,) = capsys.readouterr().out.split("day     POST")[1:]
    assert told.count(found) == 1


def test_recorded_day_without_requests_fails(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], client: Client, day: Path
) -> None:
    assert run(tmp_path, document(), day=day) == 1
    assert "no requests recorded" in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments", [pytest.param([], id="no directory"), pytest.param(["/nowhere"], id="not a directory")]
)
def test_missing_document_prints_usage_in_one_line(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert conformance.main(arguments) == 1
    assert len(capsys.readouterr().err.splitlines()) == 1
