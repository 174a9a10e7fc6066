"""Time passes: no clock is turned, the world grows older. Every moment in the database moves into the past instead.

So MongoDB's clock, which stamps arrivals, and the workers' always agree, as they do outside of tests.
"""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from pymongo import ReplaceOne

from dispatch.models import DOCUMENTS
from dispatch.rules import timing

#: The moment at the end of the key of what a timer says.
_FALLEN_DUE = re.compile(r"(?<=@)[0-9T:.-]+\+00:00")


def grow_older(by: timedelta) -> None:
    """Let everything on record have happened, or fall due, so much earlier."""
    if not by:
        return
    for document in DOCUMENTS:
        rows = list(document.collection().find())
        aged = [ReplaceOne({"_id": row["_id"]}, _older(row, by)) for row in rows]
        if aged:
            document.collection().bulk_write(aged)


def moments(value: Any) -> Iterator[datetime]:
    """Return every moment in a document."""
    if isinstance(value, datetime):
        yield value
    elif isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from moments(each)


def _older(row: dict[str, Any], by: timedelta) -> dict[str, Any]:
    aged = _shifted(row, by)
    if "@" in row.get("key", ""):
        aged["key"] = _FALLEN_DUE.sub(lambda due: (datetime.fromisoformat(due[0]) - by).isoformat(), row["key"])
    if "starts_at" in row:  # the local date and time are of that moment
        there = timing.local(aged["starts_at"], row["timezone"])
        aged |= {"inspection_date": there.date().isoformat(), "inspection_time": f"{there:%H:%M}"}
    return aged


def _shifted(value: Any, by: timedelta) -> Any:
    if isinstance(value, datetime):
        return value - by
    if isinstance(value, dict):
        return {name: _shifted(each, by) for name, each in value.items()}
    return [_shifted(each, by) for each in value] if isinstance(value, list) else value
