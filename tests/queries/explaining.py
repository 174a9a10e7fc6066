"""Explanations by MongoDB: the plan of a query, and the number of rows that it reads from a long history."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from typing import Any

from pymongo import MongoClient
from pymongo.database import Database

from config.settings import settings
from tests.queries import crowd
from tests.queries.listening import Asked

#: Rows or keys that a query may read beyond its result, for a history of any length.
FEW = 80
#: A page of a list may read the history of one person that it is filtered by, never all rows.
HISTORY = 2 * crowd.CROWD + FEW
#: The same page for a person who was active for a while reads their own rows, not all later rows.
PAST = crowd.PAST + FEW
_PAGING = "dispatch/api/plumbing/paging.py "


@cache
def crowded() -> Database[dict[str, Any]]:
    """Return the database with the long history, beside the tests' own. The first call creates the database."""
    client: MongoClient[dict[str, Any]] = MongoClient(settings().stores.mongodb_uri, timeoutMS=20_000)
    client.drop_database("crowded")
    crowd.build(client["crowded"], like=client[settings().stores.mongodb_db_name])
    return client["crowded"]


def explain(asked: Asked) -> str:
    """Return what is wrong with how a question is answered, "" if nothing is; of a page also for who came and went."""
    if not any(line.startswith(_PAGING) for line in asked.by):
        return _explain(asked)
    collection = asked.question["find"]
    theirs = {name: _as_gone(collection, name, value) for name, value in asked.question["filter"].items()}
    gone = replace(asked, question={**asked.question, "filter": theirs})
    return _explain(asked, HISTORY) or (theirs != asked.question["filter"] and _explain(gone, PAST)) or ""


def _as_gone(collection: str, name: str, value: Any) -> Any:
    return value if isinstance(value, Mapping) else crowd.GONE.get(f"{collection}.{name}", value)


def _explain(asked: Asked, may_read: int = 0) -> str:
    """Return what is wrong with how one question is answered, which `may_read` so much, or little for nothing."""
    explained = crowded().command("explain", asked.question, verbosity="executionStats")
    cursor = next((stage["$cursor"] for stage in explained.get("stages", ()) if "$cursor" in stage), explained)
    stages, figures = set(_stages(cursor["queryPlanner"]["winningPlan"])), cursor["executionStats"]
    returned, keys, rows = (figures[name] for name in ("nReturned", "totalKeysExamined", "totalDocsExamined"))
    fault = _fault(stages, max(keys, rows), may_read or 2 * returned + FEW)
    if not fault:
        return ""
    read = f"{'+'.join(sorted(stages))}: {keys} keys and {rows} rows read for {returned}"
    return "\n    ".join((f"{fault}: {asked.question}", read, *asked.by))


def _fault(stages: set[str], read: int, most: int) -> str:
    if "COLLSCAN" in stages:
        return "reads the whole collection"
    if "SORT" in stages and read > FEW:
        return "sorts many in memory"
    return "reads much for little" if read > most else ""


def _stages(plan: Any) -> Iterator[str]:
    """Yield the names of all stages of a query plan."""
    if isinstance(plan, dict):
        if "stage" in plan:
            yield plan["stage"]
        plan = list(plan.values())
    if isinstance(plan, list):
        for each in plan:
            yield from _stages(each)
