"""The OpenAPI document, made whole: what the views can't say of themselves, each rule in one place."""

import copy
import re
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

Document = dict[str, Any]

INTRODUCTION = """\
Dispatches property inspections to field agents over WhatsApp: the platform posts a job, active agents are offered it,
the earliest YES gets it, and agent and client are kept informed until the inspection is done.

* **Key.** Every call under `/api` needs it, as `Authorization: Bearer …` or as `X-API-Key: …`. *Authorize* keeps it for
  this page, until it is closed.
* **Bodies** are JSON. Under `/api`, a field or a query parameter that is not documented is refused, by its name; so are
  a query parameter that comes twice, and a body where none is documented (but for an empty one, `{}`).
* **Errors** have one shape: `code` and `status` of HTTP, a `message` for people, and `errors`, which names the fields
  at fault.
* **A move** that a job's state does not allow is a `409` that names the state. Moving a job to where it stands already
  is fine, and a POST under an `Idempotency-Key` can be sent again without being done again.
* **Lists** come in pages. The header `X-Pagination` tells the next one; it is `null` on the last page. A row that comes
  or goes meanwhile shifts pages by number; `after`, the `id` of the last row that you have, does not depend on others.
* **Moments** are in UTC. The date and the time of an inspection are local to its `timezone`.
* **Phone numbers** are shown in international form, such as `+2348031234567`.
"""

#: What stands in a path, where the view itself says nothing of it.
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
        "description": "The agent's `id`, the platform's own `agent_id`, or their number.",
        "example": "agent_007",
        "schema": {"type": "string", "pattern": "^[+A-Za-z0-9_][ A-Za-z0-9_.:@~-]{0,99}$"},
    },
    "message_id": {
        "description": "The message's `id`, or Twilio's SID of it.",
        "example": "65f0c0ffee65f0c0ffee0006",
        "schema": {"type": "string", "pattern": "^([0-9a-fA-F]{24}|[MS]M[0-9a-f]{32})$"},
    },
    "agent_phone": {"description": "The agent's number.", "example": "+2348031234567"},
    "client_id": {"description": "The platform's own id.", "example": "client_456"},
    "property_id": {"description": "The platform's own id.", "example": "prop_123"},
}
#: Status -> what is said then, and of which fields; for the rest HTTP's own words will do.
_ERRORS: dict[int, tuple[str, Document]] = {
    400: ("The body is not valid JSON, or nested too deeply.", {}),
    401: ("Send the API key, as `Authorization: Bearer …` or as `X-API-Key: …`.", {}),
    404: ("There is no such job.", {}),
    409: ("Not possible any more: the job is cancelled.", {"status": ["cancelled"]}),
    415: ("Send the body as application/json.", {}),
    422: ("Some fields are not valid.", {"property": {"title": ["Missing data for required field."]}}),
    503: ("The database does not answer; try again.", {}),
}
#: What made a row -> the parameters that its answer fills elsewhere, and with which of its fields.
_LEADS = {
    "/api/jobs/": {"job_id": "id", "client_id": "client_id", "property_id": "property_id"},
    "/api/agents/": {"key": "id", "agent_phone": "phone"},
}


def complete(document: Document) -> Document:
    """Name each operation, describe what stands in its path, link what leads on, and show each error.

    Returns a document of its own: the one given belongs to all threads.
    """
    document = copy.deepcopy(document)
    for path, method, operation in _operations(document):
        operation["operationId"] = _name(path, method)
        operation["summary"] = operation["summary"].replace("`", "")  # a summary is plain text
        operation["tags"] = [path.split("/")[2] if path.startswith("/api/") else "front"]
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
    document["components"]["schemas"].pop("PaginationMetadata", None)  # flask-smorest's own; our header differs
    return document


def _operations(document: Document) -> Iterator[tuple[str, str, Document]]:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if method != "parameters":
                yield path, method, operation


def _path_parameters(document: Document, path: str, operation: Document) -> list[Document]:
    both = [*document["paths"][path].get("parameters", []), *operation.get("parameters", [])]
    return [parameter for parameter in both if parameter["in"] == "path"]


def _name(path: str, method: str) -> str:
    """Return "get_jobs_by_job_id_timeline" for GET /api/jobs/{job_id}/timeline."""
    words = re.sub(r"[{]", "by_", path.removeprefix("/api")).replace("}", "").replace(".", "_").split("/")
    return "_".join([method, *(list(filter(None, words)) or ["root"])])


def _links(document: Document, fills: dict[str, str]) -> Iterator[tuple[str, Document]]:
    for path, _, operation in _operations(document):
        needed = [parameter["name"] for parameter in _path_parameters(document, path, operation)]
        if needed and needed[0] in fills:  # what is further in the path may be of another kind
            parameters = {name: f"$response.body#/{fills[name]}" for name in sorted(needed) if name in fills}
            yield operation["operationId"], {"operationId": operation["operationId"], "parameters": parameters}


def _show(response: Document, status: HTTPStatus) -> None:
    message, errors = _ERRORS.get(status.value, (status.description, {}))
    for content in response.get("content", {}).values():
        content["example"] = {"code": status.value, "status": status.phrase, "message": message, "errors": errors}
