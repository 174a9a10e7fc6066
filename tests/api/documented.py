"""The OpenAPI document for tests: its operations, and whether a value fits its schema."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from openapi_schema_validator import OAS30Validator, oas30_format_checker

from dispatch.app import create_app

DOCUMENT: dict[str, Any] = create_app().test_client().get("/openapi.json").json
JSON = "application/json"


@dataclass(frozen=True)
class Operation:
    """An operation of the document."""

    path: str
    method: str
    says: dict[str, Any]

    @property
    def name(self) -> str:
        """Return method and path: GET /api/jobs/."""
        return f"{self.method.upper()} {self.path}"

    @property
    def parameters(self) -> list[dict[str, Any]]:
        """Return the parameters of the path and of the operation."""
        return [*DOCUMENT["paths"][self.path].get("parameters", []), *self.says.get("parameters", [])]

    @property
    def body(self) -> dict[str, Any] | None:
        """Return the documentation of its JSON body. Return None if it takes no body."""
        return self.says["requestBody"]["content"][JSON] if "requestBody" in self.says else None

    @property
    def successes(self) -> dict[int, dict[str, Any]]:
        """Return its successful answers by status."""
        return {int(status): answer for status, answer in self.says["responses"].items() if status < "300"}


def operations() -> Iterator[Operation]:
    """Yield every operation of the document."""
    for path, item in DOCUMENT["paths"].items():
        for method, says in item.items():
            if method != "parameters":
                yield Operation(path, method, says)


def assert_fits(value: Any, schema: dict[str, Any]) -> None:
    """Fail if a value does not fit its schema, formats included."""
    whole = {**schema, "components": DOCUMENT["components"]}
    OAS30Validator(whole, format_checker=oas30_format_checker).validate(value)
