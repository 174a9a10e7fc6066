"""The conformance checks find what differs; the document here is a miniature made from our own tables."""

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


def run(directory: Path, given: Document) -> int:
    (directory / spec.FILE).write_text(json.dumps(given))
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


@pytest.mark.parametrize(
    "arguments", [pytest.param([], id="no directory"), pytest.param(["/nowhere"], id="not a directory")]
)
def test_a_missing_document_is_one_line(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert conformance.main(arguments) == 1
    assert len(capsys.readouterr().err.splitlines()) == 1
