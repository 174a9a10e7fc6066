"""What schemathesis can't read in the OpenAPI document: numbers that exist, days to come, zones, and fresh keys.

`schemathesis.toml` names this module, so that any run from the project's directory knows.
"""

import uuid
from datetime import date, timedelta
from typing import Any
from urllib.parse import unquote

import schemathesis
from hypothesis import strategies as st

#: Zones without summer time: each time of day exists on each day.
ZONES = ["Africa/Lagos", "Africa/Nairobi", "Asia/Kolkata", "America/Bogota", "UTC"]
KEY = "Idempotency-Key"
LONGEST_ID = 100

#: Mobile numbers of Nigeria and of the United Kingdom, canonical and as people write them.
schemathesis.openapi.format(
    "phone",
    st.from_regex(r"(\+234|0)803[0-9]{7}|\+44 ?7400 ?[0-9]{6}", fullmatch=True, alphabet=st.characters(codec="ascii")),
)
schemathesis.openapi.format(
    "date",
    st.integers(2, 4 * 365).map(lambda days: (date.today() + timedelta(days=days)).isoformat()),
)
schemathesis.openapi.format("time-zone", st.sampled_from(ZONES))


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: dict[str, Any]) -> None:
    """Bring a good request in line with what was said before."""
    if not case.meta or not case.meta.generation.mode.is_positive:
        return
    if KEY in (case.headers or {}):
        case.headers[KEY] = str(uuid.uuid4())  # one key, one request; schemathesis likes to repeat itself
    if "client_id" in case.path_parameters and isinstance(case.body, dict):
        case.body.pop("client_id", None)  # where it is given it must be the one in the path
    for name in ("client_id", "property_id"):
        if len((case.query or {}).get(name) or "") > LONGEST_ID:
            case.query[name] = unquote(case.query[name])  # taken from a path, and still escaped as it was there
