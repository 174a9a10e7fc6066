"""The conformance checks find what differs; the documents here are miniatures made from our own tables."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sandbox import conformance
from sandbox.twilio import facts, spec

Document = dict[str, Any]
TEXT = {"type": "string", "nullable": True}


def document() -> Document:
    message = {name: dict(TEXT) for name in facts.MESSAGE_FIELDS}
    message |= {
        "error_code": {"type": "integer", "nullable": True},
        "subresource_uris": {"type": "object", "nullable": True},
        "status": {"$ref": "#/components/schemas/message_enum_status"},
        "date_created": TEXT | {"format": "date-time-rfc-2822"},
    }
    page: Document = {name: dict(TEXT) for name in facts.PAGE_FIELDS}
    page |= {name: {"type": "integer"} for name in ("start", "end", "page", "page_size")}
    page["messages"] = {"type": "array", "items": {"$ref": "#/components/schemas/message"}}
    query = [{"name": n, "in": "query", "schema": {"type": "string"}} for n in facts.LIST_PARAMETERS - {"PageSize"}]
    query.append({"name": "PageSize", "in": "query", "schema": {"type": "integer", "maximum": 1000}})
    sid = [{"name": "Sid", "in": "path", "schema": {"type": "string", "pattern": f"^{facts.MESSAGE_SID}$"}}]
    form = {"properties": {n: {"type": "string"} for n in facts.CREATE_PARAMETERS}, "required": ["To"]}
    one = {"$ref": "#/components/schemas/message"}

    def answer(status: int, schema: Document) -> Document:
        return {str(status): {"content": {spec.JSON: {"schema": schema}}}}

    return {
        "paths": {
            spec.COLLECTION: {
                "post": {"requestBody": {"content": {spec.FORM: {"schema": form}}}, "responses": answer(201, one)},
                "get": {"parameters": query, "responses": answer(200, {"properties": page})},
            },
            spec.INSTANCE: {"get": {"parameters": sid, "responses": answer(200, one)}},
        },
        "components": {
            "schemas": {
                "message": {"type": "object", "properties": message},
                "message_enum_status": {"type": "string", "enum": sorted(facts.STATUS_RANK)},
                "message_enum_direction": {"type": "string", "enum": sorted(facts.DIRECTIONS)},
            }
        },
    }


def content_document() -> Document:
    fields = dict.fromkeys(facts.CONTENT_FIELDS, TEXT) | {
        n: {"type": "object"} for n in ("variables", "types", "links")
    }
    fields |= {name: {"type": "string", "format": "date-time"} for name in ("date_created", "date_updated")}
    listed = {name: fields.get(name, {"type": "object"}) for name in facts.CONTENT_WITH_APPROVAL_FIELDS}
    text, button = {"type": "string"}, {"type": {"$ref": "#/components/schemas/quickReplyActionType"}}
    types: Document = {kind: {"properties": {n: {} for n in names}} for kind, names in facts.CONTENT_TYPES.items()}
    types["twilio/quick-reply"]["properties"]["actions"] = {
        "type": "array",
        "items": {"properties": button | {"title": text, "id": text}},
    }
    content = dict.fromkeys(facts.CONTENT_PARAMETERS, text) | {"variables": {"type": "object"}}
    content["types"] = {"$ref": "#/components/schemas/types"}
    meta = {name: dict(TEXT) for name in facts.META_FIELDS} | {n: {"type": "integer"} for n in ("page", "page_size")}
    approval = {name: dict(TEXT) for name in facts.APPROVAL_FIELDS} | {"allow_category_change": {"type": "boolean"}}
    asked = {"sid": TEXT, "account_sid": TEXT, "url": TEXT, "whatsapp": {"type": "object"}}
    query = [{"name": n, "in": "query", "schema": {"type": "integer"}} for n in ("PageSize", "Page")]
    query[0]["schema"] = {"type": "integer", "maximum": 1000}
    query.append({"name": "PageToken", "in": "query", "schema": text})

    def in_path(name: str) -> list[Document]:
        return [{"name": name, "in": "path", "schema": {"type": "string", "pattern": f"^{facts.CONTENT_SID}$"}}]

    def answer(status: int, fields: Document, *examples: Document) -> Document:
        shown = {str(number): {"value": example} for number, example in enumerate(examples)}
        return {str(status): {"content": {spec.JSON: {"schema": {"properties": fields}, "examples": shown}}}}

    def posted(fields: Document) -> Document:
        return {"content": {spec.JSON: {"schema": {"properties": fields}}}}

    def page(items: Document) -> Document:
        return {"contents": {"type": "array", "items": {"properties": items}}, "meta": {"properties": meta}}

    links = {"approval_create": "https://…", "approval_fetch": "https://…"}
    empty = dict.fromkeys(facts.APPROVAL_FIELDS, "")
    wanted = {name: {"type": "string"} for name in facts.APPROVAL_PARAMETERS}
    return {
        "paths": {
            spec.CONTENTS: {
                "post": {"requestBody": posted(content), "responses": answer(201, fields)},
                "get": {"parameters": query, "responses": answer(200, page(fields))},
            },
            spec.CONTENT: {
                "get": {"parameters": in_path("Sid"), "responses": answer(200, fields, {"links": links})},
                "delete": {"parameters": in_path("Sid"), "responses": {"204": {}}},
            },
            spec.WITH_APPROVALS: {
                "get": {
                    "parameters": query,
                    "responses": answer(200, page(listed), {"contents": [{"approval_requests": empty}]}),
                }
            },
            spec.SUBMISSION: {
                "post": {
                    "parameters": in_path("ContentSid"),
                    "requestBody": posted(wanted),
                    "responses": answer(201, approval),
                }
            },
            spec.APPROVAL: {
                "get": {
                    "parameters": in_path("Sid"),
                    "responses": answer(200, asked, {"whatsapp": {"type": "whatsapp"} | empty}),
                }
            },
        },
        "components": {
            "schemas": {"types": {"properties": types}, "quickReplyActionType": {"enum": ["QUICK_REPLY"]}},
        },
    }


def run(directory: Path, given: Document, contents: Document | None = None) -> int:
    (directory / spec.FILE).write_text(json.dumps(given))
    (directory / spec.CONTENT_FILE).write_text(json.dumps(contents or content_document()))
    return conformance.main([str(directory)])


def test_all_checks_hold(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
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
def test_a_difference_is_found(
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
def test_a_difference_of_the_content_api_is_found(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], change: Callable[[Document], object], found: str
) -> None:
    changed = content_document()
    change(changed)
    assert run(tmp_path, document(), changed) == 1
    output = capsys.readouterr().out
    assert found in output
    assert not output.rstrip().endswith(" 0 failed")


@pytest.mark.parametrize(
    "arguments", [pytest.param([], id="no directory"), pytest.param(["/nowhere"], id="not a directory")]
)
def test_a_missing_document_is_one_line(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert conformance.main(arguments) == 1
    assert len(capsys.readouterr().err.splitlines()) == 1
