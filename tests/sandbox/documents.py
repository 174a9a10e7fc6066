"""Small versions of Twilio's OpenAPI documents, made from our tables. All checks pass until a test changes them."""

import json
from pathlib import Path
from typing import Any

from sandbox.twilio import facts, spec

Document = dict[str, Any]
TEXT = {"type": "string", "nullable": True}


def document() -> Document:
    """Return the document of the Messages API."""
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
    """Return the document of the Content API."""
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


def write(directory: Path, messages: Document, contents: Document) -> None:
    """Write both documents under the names that `make conformance` expects."""
    (directory / spec.FILE).write_text(json.dumps(messages))
    (directory / spec.CONTENT_FILE).write_text(json.dumps(contents))
