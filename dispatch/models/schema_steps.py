"""How documents of one schema version become those of the next, and which indexes there should be."""

from typing import Any

from dispatch.models.agent.agent import Agent
from dispatch.models.base.record import SCHEMA_VERSION, Record
from dispatch.models.client import Client
from dispatch.models.contact import Contact
from dispatch.models.job.job import Job
from dispatch.models.message.message import Message
from dispatch.rules import phones


def _key_of(path: str) -> dict[str, Any]:
    """Return an expression for the key of the number or the address in a field, as `phones.key_of` does."""
    whole = [
        (f"^{phones.CHANNEL}(.*)$", "{}"),
        *((f"^{row.form_pattern.pattern}$", row.key) for row in phones.OTHER_FORMS),
    ]
    return {"$switch": {"branches": [_branch(path, *each) for each in whole], "default": f"${path}"}}


def _branch(path: str, pattern: str, key: str) -> dict[str, Any]:
    first, *pieces = key.split("{}")
    groups = ({"$arrayElemAt": ["$$found.captures", n]} for n in range(len(pieces)))
    parts = [first, *(part for pair in zip(groups, pieces, strict=True) for part in pair)]
    found = {"$regexFind": {"input": f"${path}", "regex": pattern}}
    return {
        "case": {"$regexMatch": {"input": f"${path}", "regex": pattern}},
        "then": {"$let": {"vars": {"found": found}, "in": {"$concat": parts}}},
    }


def _one_key(path: str = "phone") -> list[dict[str, Any]]:
    return [{"$set": {path: _key_of(path)}}]


#: Version -> the update that brings a document of the version before to it, as stages, for each kind of document that
#: changes. Each is written together with the number in one update, so it happens once, however often it is run. Code of
#: the version before must be able to read the outcome.
STEPS: dict[int, dict[type[Record], list[dict[str, Any]]]] = {
    1: {},  # documents get a number
    # The field `phone` is a person's key. Version 0.2.0 kept numbers as they were written, and whole addresses of
    # people who hide their number.
    2: {
        **dict.fromkeys((Agent, Client, Contact, Message), _one_key()),
        Job: _one_key("client_details.phone"),
    },
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
