"""Migrating: documents of an earlier shape are brought to the present one, and the indexes to what the models name.

Every write is one guarded update a batch: harmless when repeated, killed half-way, or run beside older and newer code.
A document of a later shape is left alone.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from bson import ObjectId

from dispatch.models import DOCUMENTS, Record, schema_steps

BATCH = 1000
_BEFORE_ALL = ObjectId("0" * 24)


@dataclass
class Migration:
    """What was done, or would be, to one kind of document; names are those of indexes."""

    collection: str
    read: int = 0
    brought: int = 0
    created: list[str] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)


def migrate(dry_run: bool, done: Callable[[Migration], None]) -> None:
    """Bring everything to the present shape, a collection at a time; `done` hears of each. Raises PyMongoError."""
    for document in DOCUMENTS:
        done(_migrate(document, dry_run))


def _migrate(document: type[Record], dry_run: bool) -> Migration:
    migration = Migration(document._get_collection_name())
    standing = schema_steps.standing_indexes(document)
    migration.created = sorted(schema_steps.wanted_indexes(document) - standing)
    migration.dropped = sorted(standing & set(schema_steps.RETIRED.get(document, ())))
    if not dry_run:
        document.ensure_indexes()
    for ids in _batches(document, migration):
        migration.brought += len(ids) if dry_run else _bring(document, ids)
    for name in migration.dropped if not dry_run else ():
        document.collection().drop_index(name)
    return migration


def _batches(document: type[Record], migration: Migration) -> Iterator[list[ObjectId]]:
    """Yield the ids of documents of an earlier shape, the oldest first; new ones of older code come last, and too."""
    last = _BEFORE_ALL
    while True:
        after = document.collection().find({"_id": {"$gt": last}}, {"schema_version": 1}).sort("_id").limit(BATCH)
        rows = list(after)
        if not rows:
            return
        last = rows[-1]["_id"]
        migration.read += len(rows)
        old = [row["_id"] for row in rows if row.get("schema_version", 0) < schema_steps.SCHEMA_VERSION]
        if old:
            yield old


def _bring(document: type[Record], ids: list[ObjectId]) -> int:
    brought = 0
    for version in sorted(schema_steps.STEPS):
        older = {"_id": {"$in": ids}, **schema_steps.older_than(version)}
        brought = document.collection().update_many(older, schema_steps.step_to(version, document)).modified_count
    return brought
