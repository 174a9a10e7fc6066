"""How documents of one schema version become those of the next, and which indexes there should be."""

from typing import Any

from dispatch.models.base.record import SCHEMA_VERSION, Record

#: Version -> the update that brings a document of the version before to it, as stages, for each kind of document that
#: changes. Each is written together with the number in one update, so it happens once, however often it is run. Code of
#: the version before must be able to read the outcome.
STEPS: dict[int, dict[type[Record], list[dict[str, Any]]]] = {
    1: {},  # documents get a number
}
assert set(STEPS) == set(range(1, SCHEMA_VERSION + 1))


def older_than(version: int) -> dict[str, Any]:
    """Return the filter for documents of the version just before this one. The first version had no number."""
    return {"schema_version": version - 1 if version > 1 else {"$exists": False}}


def step_to(version: int, document: type[Record]) -> list[dict[str, Any]]:
    """Return the update that brings a document of this kind to this version."""
    return [*STEPS[version].get(document, ()), {"$set": {"schema_version": version}}]


def wanted_indexes(document: type[Record]) -> set[str]:
    """Return the names of the indexes that a document class declares, as MongoDB names them."""
    return {
        spec.get("name") or "_".join(f"{field}_{way}" for field, way in spec["fields"])
        for spec in document._meta["index_specs"]
    }


def existing_indexes(document: type[Record]) -> set[str]:
    """Return the names of the indexes that MongoDB has, except the one on ids."""
    return set(document._get_collection().index_information()) - {"_id_"}
