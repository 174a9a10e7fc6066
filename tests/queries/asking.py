"""Questions: the filters of a command to MongoDB, without the values of a single document."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from bson import ObjectId

from tests.queries.crowd import KNOWN, NOW, NOWHERE, RECENT, RECENT_ID

#: Commands with a filter.
COMMANDS = frozenset(("find", "findAndModify", "update", "delete", "count", "distinct", "aggregate"))
_BOUNDS = {"$gt": RECENT, "$gte": RECENT, "$lt": NOW, "$lte": NOW}


def questions(command: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield what a command looks for, as commands that can be explained; who is meant is who has the longest history.

    A write is explained as the search for the documents that it changes.
    """
    name, collection = next(iter(command.items()))
    if name == "find":
        yield _find(collection, command["filter"], command.get("sort"), command.get("limit", 0))
    elif name == "findAndModify":
        yield _find(collection, command["query"], command.get("sort"), 1)
    elif name == "update":
        yield from (_find(collection, each["q"], None, not each.get("multi")) for each in command["updates"])
    elif name == "delete":
        yield from (_find(collection, each["q"], None, each["limit"]) for each in command["deletes"])
    elif name == "aggregate":
        pipeline = [_stage(collection, stage) for stage in command["pipeline"]]
        yield {"aggregate": collection, "pipeline": pipeline, "cursor": {}}
    elif name in COMMANDS:
        asked = {"key": command["key"]} if name == "distinct" else {}
        yield {name: collection, **asked, "query": _filter(collection, command.get("query", {}))}


def _find(collection: str, where: Mapping[str, Any], sort: Any, limit: int) -> dict[str, Any]:
    asked = {"find": collection, "filter": _filter(collection, where)}
    return asked | ({"sort": dict(sort)} if sort else {}) | ({"limit": int(limit)} if limit else {})


def _stage(collection: str, stage: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _filter(collection, each) if name == "$match" else each for name, each in stage.items()}


def _filter(collection: str, where: Mapping[str, Any], field: str = "") -> dict[str, Any]:
    return {name: _value(collection, field if name[0] == "$" else name, name, each) for name, each in where.items()}


def _value(collection: str, field: str, operator: str, value: Any) -> Any:
    if isinstance(value, Mapping):
        return _filter(collection, value, field)
    if isinstance(value, list | tuple):
        return _several(collection, field, operator, value)
    if operator in _BOUNDS and isinstance(value, datetime | ObjectId):
        return _BOUNDS[operator] if isinstance(value, datetime) else RECENT_ID
    if isinstance(value, datetime):
        return NOW
    known = _known(collection, field)
    if isinstance(value, type(known)) and not isinstance(value, bool):
        return known
    return NOWHERE if isinstance(value, ObjectId) else str(value) if isinstance(value, str) else value


def _known(collection: str, field: str) -> Any:
    return KNOWN.get(f"{collection}.{field}", KNOWN.get(field))


def _several(collection: str, field: str, operator: str, values: Iterable[Any]) -> list[Any]:
    """A list of ids of any length is one question; an empty list is replaced by an existing id."""
    each = [_value(collection, field, operator, value) for value in values]
    if operator not in ("$in", "$nin"):
        return each
    known = _known(collection, field)
    return sorted(set(each), key=str) if known is None else [known]
