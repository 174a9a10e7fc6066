"""The OpenAPI document: additions that the views can't express, each rule in one place."""

import copy
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

Document = dict[str, Any]

INTRODUCTION = """\
Dispatches property inspections to field agents over WhatsApp. The platform creates a job, the job is offered to active
agents, and the earliest YES gets it. The agent and the client are kept informed until the inspection is completed.

* **API key.** Every call under `/api` needs the key, as `Authorization: Bearer …` or as `X-API-Key: …`. *Authorize*
  keeps the key until this page is closed.
* **Bodies** are JSON. Under `/api`, an undocumented field or query parameter is refused by name. A query parameter that
  is given twice is refused, too, and so is a body where none is documented (an empty one, `{}`, is accepted).
* **Errors** have one shape: HTTP's `code` and `status`, a `message` for people, and `errors`, which names the invalid
  fields.
* **Moves.** A move that a job's state does not allow is answered with `409` and the state. Moving a job to the state
  that it already has is accepted. A POST with an `Idempotency-Key` can be repeated safely.
* **Lists** have pages. The header `X-Pagination` names the next page; it is `null` on the last page. Rows that are
  added or removed between two calls shift numbered pages. `after`, the `id` of the last row that you have, avoids this.
* **Moments** are in UTC. Date and time of an inspection are local to its `timezone`.
* **Phone numbers** are shown in international form, such as `+2348031234567`.
"""

#: Path parameters that the views do not document themselves.
_IN_PATHS: dict[str, Document] = {
    "job_id": {
        "description": "The job's `id`.",
        "example": "65f0c0ffee65f0c0ffee0001",
        "schema": {"type": "string", "pattern": "^[0-9a-fA-F]{24}$"},
    },
    "key": {
        "description": "The agent's `id`, or the platform's own `agent_id`.",
        "example": "agent_007",
        "schema": {"type": "string", "pattern": "^[A-Za-z0-9_][A-Za-z0-9_.:@~-]{0,99}$"},
    },
    "agent": {
        "description": "The agent's `id`, the platform's own `agent_id`, or the agent's phone number.",
        "example": "agent_007",
        "schema": {"type": "string", "pattern": "^[+A-Za-z0-9_][ A-Za-z0-9_.:@~-]{0,99}$"},
    },
    "message_id": {
        "description": "The message's `id` or its Twilio SID.",
        "example": "65f0c0ffee65f0c0ffee0006",
        "schema": {"type": "string", "pattern": "^([0-9a-fA-F]{24}|[MS]M[0-9a-f]{32})$"},
    },
    "agent_phone": {"description": "The agent's phone number.", "example": "+2348031234567"},
    "client_id": {"description": "The platform's own id of the client.", "example": "client_456"},
    "property_id": {"description": "The platform's own id of the property.", "example": "prop_123"},
}
#: Status -> the example's message and field errors. All other statuses use HTTP's own description.
_ERRORS: dict[int, tuple[str, Document]] = {
    400: ("The body is not valid JSON, or nested too deeply.", {}),
    401: ("Send the API key, as `Authorization: Bearer …` or as `X-API-Key: …`.", {}),
    404: ("There is no such job.", {}),
    409: ("No longer possible: the job is cancelled.", {"status": ["cancelled"]}),
    415: ("Send the body as application/json.", {}),
    422: ("Some fields are not valid.", {"property": {"title": ["Missing data for required field."]}}),
    503: ("The database does not answer; try again in a few seconds.", {}),
}
#: The path that creates a row -> path parameters of other operations, and the field of the answer that fills each.
_LEADS = {
    "/api/jobs/": {"job_id": "id", "client_id": "client_id", "property_id": "property_id"},
    "/api/agents/": {"key": "id", "agent_phone": "phone"},
}


def complete(document: Document) -> Document:
    """Return a completed copy: tags, path parameters, links between operations, and an example of each error.

    The given document is not changed, as all threads share it.
    """
    document = copy.deepcopy(document)
    for path, _, operation in _operations(document):
        operation["summary"] = operation["summary"].replace("`", "")  # a summary shows no Markdown
        operation["tags"] = [path.split("/")[2] if path.startswith("/api/") else "service"]
        for parameter in _path_parameters(document, path, operation):
            for key, value in _IN_PATHS.get(parameter["name"], {}).items():
                if key == "schema" or key not in parameter:
                    parameter[key] = value
    for path, fills in _LEADS.items():
        document["paths"][path]["post"]["responses"]["201"]["links"] = dict(_links(document, fills))
    for name, response in document["components"].get("responses", {}).items():
        _show(response, HTTPStatus[name])
    used = {tag for _, _, operation in _operations(document) for tag in operation["tags"]}
    document["tags"] = [tag for tag in document["tags"] if tag["name"] in used]
    document["components"]["schemas"].pop(
        "PaginationMetadata", None
    )  # flask-smorest's own: our header has other fields
    return document


def _operations(document: Document) -> Iterator[tuple[str, str, Document]]:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if method != "parameters":
                yield path, method, operation


def _path_parameters(document: Document, path: str, operation: Document) -> list[Document]:
    both = [*document["paths"][path].get("parameters", []), *operation.get("parameters", [])]
    return [parameter for parameter in both if parameter["in"] == "path"]


def _links(document: Document, fills: dict[str, str]) -> Iterator[tuple[str, Document]]:
    for path, _, operation in _operations(document):
        needed = [parameter["name"] for parameter in _path_parameters(document, path, operation)]
        if needed and needed[0] in fills:  # a later parameter may name another kind of row
            parameters = {name: f"$response.body#/{fills[name]}" for name in sorted(needed) if name in fills}
            yield operation["operationId"], {"operationId": operation["operationId"], "parameters": parameters}


def _show(response: Document, status: HTTPStatus) -> None:
    message, errors = _ERRORS.get(status.value, (status.description, {}))
    for content in response.get("content", {}).values():
        content["example"] = {"code": status.value, "status": status.phrase, "message": message, "errors": errors}
