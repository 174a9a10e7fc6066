"""Facts that schemathesis can't read in the OpenAPI document: existing rows, future days, time zones, and fresh keys.

`schemathesis.toml` names this module, so that any run from the project's directory knows.
"""

import itertools
import re
import uuid
from datetime import date, timedelta
from typing import Any
from urllib.parse import unquote

import requests
import schemathesis
from hypothesis import strategies as st

from dispatch.rules import texts

#: Time zones without summer time: each time of day exists on each day.
ZONES = ["Africa/Lagos", "Africa/Nairobi", "Asia/Kolkata", "America/Bogota", "UTC"]
KEY = "Idempotency-Key"
LONGEST_ID = 100
#: The request id of calls that only look up existing rows.
LOOKING = "fuzzing-looks-around"
#: Operation -> the state of a job that the operation requires. All other operations accept any job.
FITTING = {
    "POST /api/jobs/{job_id}/assign": "pending",
    "POST /api/jobs/{job_id}/approve_schedule": "assigned",
    "POST /api/jobs/{job_id}/begin": "approved",
    "POST /api/jobs/{job_id}/complete_inspection": "approved",
    "POST /api/jobs/{job_id}/reopen_visit": "completed",
    "POST /api/jobs/{job_id}/release": "assigned",
    "POST /api/jobs/{job_id}/cancel": "pending",
    "PUT /api/jobs/{job_id}": "assigned",
    "PATCH /api/jobs/{job_id}": "assigned",
    "DELETE /api/jobs/{job_id}": "pending",
}
#: Required fields of a property that the desk does not know.
NEEDED = ("title", "address")
_LATER = (date.today() + timedelta(days=30)).isoformat()
_PLAIN = re.compile(r"[A-Za-z0-9_-]+")
_calls = itertools.count()

#: Mobile numbers of Nigeria and of the United Kingdom, in international form and as people write them.
schemathesis.openapi.format(
    "phone",
    st.from_regex(r"(\+234|0)803[0-9]{7}|\+44 ?7400 ?[0-9]{6}", fullmatch=True, alphabet=st.characters(codec="ascii")),
)
schemathesis.openapi.format(
    "date",
    st.integers(2, 4 * 365).map(lambda days: (date.today() + timedelta(days=days)).isoformat()),
)
schemathesis.openapi.format("email", st.from_regex(r"[a-z][a-z0-9]{0,20}@[a-z]{1,20}[.]com", fullmatch=True))
schemathesis.openapi.format("time-zone", st.sampled_from(ZONES))


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: dict[str, Any]) -> None:
    """Correct a valid request so that it fits earlier requests. Every second request names existing rows."""
    if not case.meta or not case.meta.generation.mode.is_positive:
        return
    if KEY in (case.headers or {}):
        case.headers[KEY] = str(uuid.uuid4())  # a new key for each request, as schemathesis repeats its values
    if "client_id" in case.path_parameters and isinstance(case.body, dict):
        case.body.pop("client_id", None)  # if given, it must be the id in the path
    if isinstance(case.body, dict):  # to assign a body where there is none makes the request another one
        case.body = _visible(case.body)
        _use_a_later_day(case.body)
    house = case.body.get("property") if case.method in ("PUT", "PATCH") and isinstance(case.body, dict) else None
    if house and not all(house.get(name) for name in NEEDED):
        house.pop("property_id", None)  # an unknown property would need more fields
    for name in ("client_id", "property_id"):
        if len((case.query or {}).get(name) or "") > LONGEST_ID:
            case.query[name] = unquote(case.query[name])  # the value comes from a path and is still escaped
    if case.operation.path.endswith("/assign") and isinstance(case.body, dict):
        case.body["agent"] = _existing(case, kwargs).get("agent", case.body.get("agent"))
    linked = case.meta.phase.name.value == "stateful"  # the rows that earlier calls have created
    if not linked and next(_calls) % 2:
        _be_about(_existing(case, kwargs), case)


def _use_a_later_day(body: dict[str, Any]) -> None:
    """Replace a day that may be over: schemathesis repeats the dates in answers."""
    day = body.get("inspection_date")
    if isinstance(day, str) and day <= (date.today() + timedelta(days=1)).isoformat():
        body["inspection_date"] = _LATER


def _visible(value: Any) -> Any:
    """Return a body in which each text shows something: the pattern of a text can't say which signs are seen."""
    if isinstance(value, dict):
        return {name: _visible(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_visible(each) for each in value]
    return "x" if isinstance(value, str) and value.strip() and not texts.is_visible(value) else value


def _be_about(known: dict[str, str], case: Any) -> None:
    """Use existing rows for path parameters, and an unused number and id for an agent's body."""
    if case.operation.path.startswith("/api/agents/") and isinstance(case.body, dict):
        case.body |= {"phone": f"+234803{uuid.uuid4().int % 10**7:07}", "agent_id": str(uuid.uuid4())}
    for place in (case.path_parameters, case.query, case.body):
        for name in place if isinstance(place, dict) else ():
            if name in known and (place is not case.body or case.operation.path.endswith(("/release", "/assign"))):
                place[name] = known[name]


def _existing(case: Any, kwargs: dict[str, Any]) -> dict[str, str]:
    """Return ids and numbers of an agent, and of a job in the state that the operation requires."""
    if not case.path_parameters and not case.query:
        return {}
    fitting = FITTING.get(f"{case.method} {case.operation.path}")
    jobs = _rows("jobs", case, kwargs, **({"status": fitting} if fitting else {}))
    agents = _rows("agents", case, kwargs)
    parked = {"status": "parked"} if case.operation.path.endswith("/retry") else {}
    if case.operation.path.endswith("/answered"):
        parked = {"needs_answer": "true"}
    messages = _rows("messages", case, kwargs, **parked) if "message_id" in case.path_parameters else []
    found = {}
    if jobs:
        job = jobs[next(_calls) // 2 % len(jobs)]
        found = {
            "job_id": job["id"],
            "after": job["id"],
            "agent_phone": job["assigned_agent"],
            "client_id": job["client_id"],
            "property_id": job["property_id"],
        }
    if agents:
        found |= dict.fromkeys(("key", "agent"), agents[next(_calls) // 2 % len(agents)]["id"])
        found["agent_phone"] = found.get("agent_phone") or agents[0]["phone"]
    if messages:
        found["message_id"] = messages[next(_calls) // 2 % len(messages)]["id"]
    return {name: value for name, value in found.items() if _PLAIN.fullmatch(value.removeprefix("+"))}


def _rows(collection: str, case: Any, kwargs: dict[str, Any], **query: str) -> list[dict[str, Any]]:
    headers = {"X-API-Key": case.headers.get("X-API-Key") or kwargs["headers"]["X-API-Key"], "X-Request-ID": LOOKING}
    url = f"{case.operation.schema.get_base_url()}/api/{collection}/"
    return requests.get(url, params=query, headers=headers, timeout=10).json()
