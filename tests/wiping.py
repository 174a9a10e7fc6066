"""Emptying the stores before a test: one question finds the collections that hold anything, and only these are wiped.

The question is put to MongoDB, not to a note of this process's writes: other processes of a test write as well.
"""

from typing import Any

from pymongo import WriteConcern

from dispatch import redis_client
from dispatch.actions.outbox import templates
from dispatch.actions.people import addresses
from dispatch.models import DOCUMENTS, Record

_FAST = WriteConcern(w=1, j=False)


def wipe() -> None:
    """Empty both stores. The indexes stay."""
    for document in _filled():
        document.collection().with_options(write_concern=_FAST).delete_many({})
    redis_client.client().flushdb()
    addresses.learn_once.cache_clear()
    templates.clear_cache()


def _filled() -> list[type[Record]]:
    """Return the documents whose collections are not empty."""
    first, *others = DOCUMENTS
    also = [
        {"$unionWith": {"coll": document.collection().name, "pipeline": _row_if_filled(document)}}
        for document in others
    ]
    rows = first.collection().aggregate([*_row_if_filled(first), *also])
    filled = {row["document"] for row in rows}
    return [document for document in DOCUMENTS if document.__name__ in filled]


def _row_if_filled(document: type[Record]) -> list[dict[str, Any]]:
    return [{"$limit": 1}, {"$project": {"_id": 0, "document": {"$literal": document.__name__}}}]
