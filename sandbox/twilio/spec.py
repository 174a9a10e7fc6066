"""Reads Twilio's OpenAPI documents of the Messages and Content APIs."""

import json
import re
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jsonschema import FormatChecker
from openapi_schema_validator import OAS30Validator

from sandbox.twilio import facts

FILE, CONTENT_FILE = "twilio_api_v2010.json", "twilio_content_v1.json"
COLLECTION = f"/{facts.API_VERSION}/Accounts/{{AccountSid}}/Messages.json"
INSTANCE = f"/{facts.API_VERSION}/Accounts/{{AccountSid}}/Messages/{{Sid}}.json"
CONTENTS, CONTENT, WITH_APPROVALS = "/v1/Content", "/v1/Content/{Sid}", "/v1/ContentAndApprovals"
SUBMISSION, APPROVAL = "/v1/Content/{ContentSid}/ApprovalRequests/whatsapp", "/v1/Content/{Sid}/ApprovalRequests"
JSON = "application/json"
FORM = "application/x-www-form-urlencoded"

formats = FormatChecker(())


@formats.checks("phone-number")
def _is_address(value: object) -> bool:
    """E.164, with the channel as a prefix if it is not SMS."""
    return isinstance(value, str) and bool(re.fullmatch(r"(\w+:)?(\+[1-9]\d{6,14}|[A-Z]{2}\.\w+)", value))


@formats.checks("uri")
def _is_uri(value: object) -> bool:
    """Relative in answers, as in Twilio's examples ("/2010-04-01/…"); absolute in requests."""
    parts = urlsplit(str(value))
    return str(value).startswith("/") or bool(parts.scheme in ("http", "https") and parts.hostname)


@formats.checks("date-time", raises=ValueError)
def _is_date_time(value: object) -> bool:
    """A date, or a time in UTC, in the SDK's format."""
    return bool(re.fullmatch(r"\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\dZ)?", str(value)))


@formats.checks("date-time-rfc-2822", raises=ValueError)
def _is_rfc2822(value: object) -> bool:
    """A time in GMT: "Thu, 24 Aug 2023 05:01:45 +0000"."""
    return value is None or (parsedate_to_datetime(str(value)) is not None and str(value).endswith(" +0000"))


class Spec:
    """One API's document. References are resolved; objects may not have other properties than the named ones."""

    def __init__(self, path: Path) -> None:
        self._document = json.loads(path.read_text(encoding="utf-8"))

    def schema(self, name: str) -> dict[str, Any]:
        """Return a schema by name."""
        return dict(self._whole(self._document["components"]["schemas"][name]))

    def enum(self, name: str) -> set[str]:
        """Return the values of an enumeration."""
        return set(self.schema(name)["enum"])

    def request(self, path: str, method: str = "post") -> dict[str, Any]:
        """Return the schema of a request's form or JSON."""
        (content,) = self._document["paths"][path][method]["requestBody"]["content"].values()
        return dict(self._whole(content["schema"]))

    def parameters(self, path: str, place: str, method: str = "get") -> dict[str, Any]:
        """Return the schema of each parameter by name; place is "query" or "path"."""
        found = self._document["paths"][path][method].get("parameters", [])
        return {p["name"]: self._whole(p["schema"]) for p in found if p["in"] == place}

    def answer(self, path: str, method: str, status: int) -> dict[str, Any]:
        """Return the schema of an answer; an empty one if the answer has no body."""
        answer = self._document["paths"][path][method]["responses"][str(status)]
        return dict(self._whole(answer["content"][JSON]["schema"])) if "content" in answer else {}

    def examples(self, path: str, method: str, status: int) -> list[dict[str, Any]]:
        """Return the examples of an answer."""
        answer = self._document["paths"][path][method]["responses"][str(status)]
        return [each["value"] for each in answer["content"][JSON].get("examples", {}).values()]

    def _whole(self, part: Any) -> Any:
        if isinstance(part, list):
            return [self._whole(each) for each in part]
        if not isinstance(part, dict):
            return part
        if "$ref" in part:
            target = self._document
            for name in part["$ref"].removeprefix("#/").split("/"):
                target = target[name]
            return self._whole(target)
        whole = {name: self._whole(value) for name, value in part.items() if name != "examples"}
        if isinstance(whole.get("properties"), dict):
            whole["additionalProperties"] = False
        return whole


def wrong(schema: dict[str, Any], value: object, name: str = "") -> list[str]:
    """Return a value's errors, one line each."""
    errors = OAS30Validator(schema, format_checker=formats).iter_errors(value)
    return [f"{'.'.join([name, *map(str, e.absolute_path)]).strip('.')}: {e.message}" for e in errors]


def problems(schema: dict[str, Any], value: object, name: str = "") -> list[str]:
    """Return an answer's errors, one line each. An absent property is an error, too."""
    return wrong(schema, value, name) + _absent(schema, value, name)


def _absent(schema: dict[str, Any], value: object, name: str) -> list[str]:
    found = []
    if isinstance(value, dict):
        for field, inner in schema.get("properties", {}).items():
            path = f"{name}.{field}".lstrip(".")
            found += _absent(inner, value[field], path) if field in value else [f"{path} is missing"]
    if isinstance(value, list):
        found += [each for item in value for each in _absent(schema.get("items", {}), item, name)]
    return list(dict.fromkeys(found))


def read_as(schema: dict[str, Any], texts: list[str]) -> object:
    """Return a form's or query's value as the schema's type. Text that cannot be converted stays text."""
    kind = schema.get("type")
    if kind == "array":
        return texts
    if len(texts) != 1:
        return texts
    text = texts[0]
    if kind == "integer" and re.fullmatch(r"-?\d+", text):
        return int(text)
    if kind == "boolean" and text in ("true", "false"):
        return text == "true"
    return text
