"""The order of a person's messages on one lane: the unfinished ones, and those for which later ones wait."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Self

from bson import ObjectId

from dispatch.models.message.outbound import Outbound, Waiting
from dispatch.rules.outbox.attempts import UNFINISHED
from dispatch.rules.outbox.states import MessageState

#: As queries name them.
_UNFINISHED = sorted(state.value for state in UNFINISHED)


class Ordered(Outbound):
    """Queries for the order of messages: by `_id`, which is made when a message is written."""

    meta = {"abstract": True}

    @classmethod
    def with_several(cls, phones: Sequence[str], lane: str) -> set[str]:
        """Return those of these numbers that have more than one unfinished message on this lane."""
        seen: set[str] = set()
        several: set[str] = set()
        for message in cls.collection().find(_not_through({"$in": list(phones)}, lane), {"phone": 1}):
            (several if message["phone"] in seen else seen).add(message["phone"])
        return several

    @classmethod
    def not_through_before(cls, message: Waiting, lane: str, limit: int = 20) -> list[Self]:
        """Return the unfinished messages to the same person on this lane that are older than this one, oldest first.

        They may hold this message up. The oldest `limit` are enough, as they hold up the ones in between, too.
        """
        where = _not_through(message.phone, lane) | {"_id": {"$lt": message.id}}
        return list(cls.objects(__raw__=where).only("created_at", "attempts").order_by("id").limit(limit))

    @classmethod
    def wait_for(cls, message_id: ObjectId, earlier: ObjectId, until: datetime) -> bool:
        """Let a message wait for an earlier one, at most until then. Return False if the earlier one is finished.

        The worker that finishes the earlier message sees `awaited` and enqueues the next one.
        """
        unfinished = {"_id": earlier, "status": {"$in": _UNFINISHED}}
        if cls.collection().update_one(unfinished, {"$set": {"awaited": True}}).matched_count == 0:
            return False
        queued = {"_id": message_id, "status": MessageState.QUEUED.value}
        cls.collection().update_one(queued, {"$min": {"next_attempt_at": until}})
        return True

    @classmethod
    def next_to(cls, phone: str, lane: str, limit: int = 100) -> list[ObjectId]:
        """Return the ids of a person's queued messages on this lane, oldest first."""
        queued = _not_through(phone, lane) | {"status": MessageState.QUEUED.value}
        return [each.id for each in cls.objects(__raw__=queued).only("id").order_by("id").limit(limit)]


def _not_through(phone: Any, lane: str) -> dict[str, Any]:
    """Return a filter; its last condition lets MongoDB use the small index of unfinished messages."""
    return {"phone": phone, "lane": lane, "status": {"$in": _UNFINISHED}, "next_attempt_at": {"$exists": True}}
