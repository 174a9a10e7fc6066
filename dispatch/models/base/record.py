"""The base class of all documents: atomic conditional writes, and reads."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, ClassVar, Self

from bson import ObjectId
from mongoengine import Document, IntField
from mongoengine.connection import get_db
from pymongo import ReturnDocument, UpdateOne, WriteConcern
from pymongo.collection import Collection
from pymongo.errors import BulkWriteError
from pymongo.results import UpdateResult

#: MongoDB's error code for a unique key that exists already.
DUPLICATE_KEY = 11000
#: Rows that MongoDB sends at a time: the reads of one chunk of a broadcast come at once.
BATCH = 1000
_UNWAITED = WriteConcern(w=1)
#: The schema version of documents that we write. Raise it together with a step in `schema_steps.STEPS`.
SCHEMA_VERSION = 2


class Unknown(LookupError):
    """There is no document with any of these ids: they are from another database, or deleted."""


class Record(Document):
    """A MongoDB document whose changes are guard-and-write in one call.

    `schema_version` is the version that it was written in or brought to; older documents have none. Not strict: code
    that runs beside a later version reads documents with fields that it does not know.
    """

    schema_version = IntField(default=SCHEMA_VERSION)

    meta: ClassVar[dict[str, Any]] = {"abstract": True, "auto_create_index": False, "strict": False}

    @classmethod
    def collection(cls) -> Collection[dict[str, Any]]:
        """Return the collection, for commands that MongoEngine does not offer."""
        return cls._get_collection()

    @classmethod
    def find_and_update(
        cls,
        where: dict[str, Any],
        change: dict[str, Any] | list[dict[str, Any]],
        sort: list[tuple[str, int]] | None = None,
    ) -> Self | None:
        """Change the document that `where` matches, and return it with the change. Return None if none matches.

        `change`: an update by operators, or by stages that compute.
        """
        found = cls.collection().find_one_and_update(where, change, sort=sort, return_document=ReturnDocument.AFTER)
        return None if found is None else cls._from_son(found)

    @classmethod
    def upsert(cls, where: dict[str, Any], change: dict[str, Any], *, followed: bool = False) -> UpdateResult:
        """Change the document that `where` matches, or create it. Besides this, only `insert` and `save` create some.

        `followed`: do not wait for a majority: a later write of the same request does, and the log is ordered, so it
        makes this one safe, too. Raises DuplicateKeyError.
        """
        collection = cls.collection().with_options(write_concern=_UNWAITED) if followed else cls.collection()
        return collection.update_one(where, with_version(change), upsert=True)

    @classmethod
    def replace_or_insert(cls, where: dict[str, Any], change: dict[str, Any]) -> dict[str, Any] | None:
        """Change the row that `where` matches, or create it. Return the row as it was. Return None if it is new.

        It does not wait for a majority: a later write of the same request does (see `upsert`). Raises
        DuplicateKeyError.
        """
        collection = cls.collection().with_options(write_concern=_UNWAITED)
        return collection.find_one_and_update(where, with_version(change), upsert=True)

    @classmethod
    def insert(cls, facts: dict[str, Any]) -> Self:
        """Insert a document with these facts, without those that are None, and return it. Raises DuplicateKeyError."""
        row = {name: value for name, value in facts.items() if value is not None} | {"schema_version": SCHEMA_VERSION}
        cls.collection().insert_one(row)
        return cls._from_son(row)

    @classmethod
    def insert_missing(cls, pairs: Sequence[tuple[dict[str, Any], dict[str, Any]]]) -> None:
        """Insert a document for each unique key that has none yet. Existing documents are left as they are."""
        upserts = [
            UpdateOne(
                key,
                with_version({"$setOnInsert": {name: value for name, value in facts.items() if name not in key}}),
                upsert=True,
            )
            for key, facts in pairs
        ]
        try:
            cls.collection().bulk_write(upserts, ordered=False)
        except BulkWriteError as error:
            # Another process inserted the same key at the same moment: then the document exists.
            details = error.details or {}
            failed = details.get("writeErrors", [])
            if details.get("writeConcernErrors") or any(each["code"] != DUPLICATE_KEY for each in failed):
                raise

    @classmethod
    def find_rows(cls, where: dict[str, Any], *fields: str, latest: int | None = None) -> Iterator[dict[str, Any]]:
        """Yield the rows that `where` matches, with their ids and these fields, in batches.

        `latest`: yield only this many, newest first.
        """
        found = cls.collection().find(where, dict.fromkeys(("_id", *fields), 1), batch_size=BATCH)
        yield from found if latest is None else found.sort("_id", -1).limit(latest)

    @classmethod
    def rows_by_id(cls, ids: Iterable[ObjectId | None], *fields: str) -> dict[ObjectId | None, dict[str, Any]]:
        """Return the rows with these ids, with these fields, by id. Ids without a document are left out."""
        some = list({id_ for id_ in ids if id_})
        return {row["_id"]: row for row in cls.find_rows({"_id": {"$in": some}}, *fields)} if some else {}

    @classmethod
    def tally(cls, where: dict[str, Any], by: str, most: int) -> tuple[int, datetime | None]:
        """Return the number of documents that `where` matches, up to `most`, and the earliest moment in their `by`."""
        first = cls.collection().find_one(where, {by: 1}, sort=[(by, 1)])
        return (cls.collection().count_documents(where, limit=most), first[by]) if first else (0, None)

    @classmethod
    def get(cls, record_id: ObjectId | str | None) -> Self | None:
        """Return the document with this id. Return None if there is none, or the text cannot be an id."""
        key = object_id(record_id)
        return None if key is None else cls.find_first({"_id": key})

    @classmethod
    def find_first(cls, where: dict[str, Any], sort: Sequence[tuple[str, int]] | None = None) -> Self | None:
        """Return the first document that `where` matches. Return None if none does. Twice as fast as MongoEngine."""
        found = cls.collection().find_one(where, sort=sort)
        return None if found is None else cls._from_son(found)

    @classmethod
    def expect(cls, *ids: ObjectId) -> None:
        """Raise Unknown unless one of these exists. Callers that found nothing to do check this last."""
        if cls.collection().find_one({"_id": {"$in": ids}}, {"_id": 1}) is None:
            raise Unknown(f"no {cls.__name__.lower()} {ids[0]}" if len(ids) == 1 else f"none of {len(ids)}")


def with_version(change: dict[str, Any]) -> dict[str, Any]:
    """Return an upsert's change with the schema version for a document that it creates."""
    return {**change, "$setOnInsert": {**change.get("$setOnInsert", {}), "schema_version": SCHEMA_VERSION}}


def object_id(value: Any) -> ObjectId | None:
    """Return `value` as an ObjectId. Return None if it cannot be one."""
    return ObjectId(value) if ObjectId.is_valid(value) else None


def server_now() -> datetime:
    """Return the time of MongoDB's clock, which stamps arrivals."""
    moment: datetime = get_db().command("hello")["localTime"]
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def utc_now() -> datetime:
    """Return the present moment as MongoDB keeps it: aware UTC, whole milliseconds."""
    now = datetime.now(UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)
