"""Shapes: how documents of an earlier shape become those of the next one, and which indexes are no longer wanted."""

from typing import Any

from dispatch.models.agent.agent import Agent
from dispatch.models.base.record import SCHEMA_VERSION, Record
from dispatch.models.message.message import Message
from dispatch.models.offer import Offer

#: Version -> what brings a document of the version before to it: stages of an update, for each kind of document that
#: changes. Each is written with its number in one update, so it happens once, whoever runs it and however often; code
#: of the version before must be able to read the outcome.
STEPS: dict[int, dict[type[Record], list[dict[str, Any]]]] = {
    1: {},  # documents have a number at all
}
#: Indexes that earlier code made and no query needs any more. A changed index gets another name.
RETIRED: dict[type[Record], tuple[str, ...]] = {
    Agent: ("agent_id_1", "phone_1"),  # unique among the present ones only, since agents can be deleted
    Offer: ("job_1_claimed_at_1_claim_1",),
    Message: ("phone_1__id_1",),  # also had what people wrote and is not handled
}
assert set(STEPS) == set(range(1, SCHEMA_VERSION + 1))


def older_than(version: int) -> dict[str, Any]:
    """Return the filter for documents of the shape just before this version; the first had no number."""
    return {"schema_version": version - 1 if version > 1 else {"$exists": False}}


def step_to(version: int, document: type[Record]) -> list[dict[str, Any]]:
    """Return the update that brings a document of this kind to this version."""
    return [*STEPS[version].get(document, ()), {"$set": {"schema_version": version}}]


def wanted_indexes(document: type[Record]) -> set[str]:
    """Return the names of the indexes that a document class names, as MongoDB has them."""
    return {
        spec.get("name") or "_".join(f"{field}_{way}" for field, way in spec["fields"])
        for spec in document._meta["index_specs"]
    }


def standing_indexes(document: type[Record]) -> set[str]:
    """Return the names of the indexes that stand, but for the one on ids."""
    return set(document._get_collection().index_information()) - {"_id_"}
