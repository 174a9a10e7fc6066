"""Migration: documents of an earlier schema version are brought to the present one, and missing indexes are created.

Every write is one guarded update a batch: harmless if repeated, if killed half-way, and beside older and newer code.
Documents of a later version are left alone.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from bson import ObjectId
from pymongo.errors import DuplicateKeyError

from dispatch.actions.people import silences
from dispatch.models import DOCUMENTS, Agent, Client, Contact, Record, schema_steps
from dispatch.models.base.record import utc_now
from dispatch.rules import phones

BATCH = 1000
_BEFORE_ALL = ObjectId("0" * 24)


@dataclass
class Migration:
    """The outcome for one kind of document, or on a dry run what it would be.

    `created`: names of indexes. `doubles`: ids of documents that stay as they are, because after the update another
    document would be the same person.
    """

    collection: str
    read: int = 0
    brought: int = 0
    created: list[str] = field(default_factory=list)
    doubles: list[ObjectId] = field(default_factory=list)


def migrate(dry_run: bool, done: Callable[[Migration], None]) -> None:
    """Bring all documents to the present version, one collection at a time, and call `done` after each.

    Raises PyMongoError.
    """
    for document in DOCUMENTS:
        done(_migrate(document, dry_run))
    for people in () if dry_run else (Agent, Client):
        _move_decisions(people)


def _move_decisions(people: type[Agent] | type[Client]) -> None:
    """Move the opt-ins and opt-outs that earlier versions saved with people, deleted ones as well, to their numbers."""
    last = _BEFORE_ALL
    while some := list(people.objects(id__gt=last).order_by("id").limit(BATCH)):
        last = some[-1].id
        silences.settle_all(some, utc_now())


def _migrate(document: type[Record], dry_run: bool) -> Migration:
    migration = Migration(document._get_collection_name())
    migration.created = sorted(schema_steps.wanted_indexes(document) - schema_steps.existing_indexes(document))
    if not dry_run:
        document.ensure_indexes()
    for ids in _batches(document, migration):
        migration.brought += len(ids) if dry_run else _bring(document, ids, migration)
    return migration


def _batches(document: type[Record], migration: Migration) -> Iterator[list[ObjectId]]:
    """Yield ids below the present version, oldest first. Documents that old code inserts in between come at the end."""
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


def _bring(document: type[Record], ids: list[ObjectId], migration: Migration) -> int:
    brought = 0
    for version in sorted(schema_steps.STEPS):
        older, step = schema_steps.older_than(version), schema_steps.step_to(version, document)
        try:
            brought = document.collection().update_many({"_id": {"$in": ids}, **older}, step).modified_count
        except DuplicateKeyError:  # MongoDB stops at the first double
            brought = sum(_bring_one(document, {"_id": each, **older}, step, migration) for each in ids)
    return brought


def _bring_one(document: type[Record], where: dict[str, Any], step: list[dict[str, Any]], migration: Migration) -> int:
    try:
        return document.collection().update_one(where, step).modified_count
    except DuplicateKeyError:
        if document is not Contact:
            migration.doubles.append(where["_id"])
            return 0
    double = Contact.get(where["_id"])
    if double:
        Contact.merge(double.phone, phones.key_of(double.phone.removeprefix(phones.CHANNEL)))
    return 1
