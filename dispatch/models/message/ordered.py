"""The order of a person's messages on one lane: which are not through yet, and which of them others wait for."""

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
    """What a message waits for. `_id` is MongoDB's own, made as a message is written: what caused it came before."""

    meta = {"abstract": True}

    @classmethod
    def with_several(cls, phones: Sequence[str], lane: str) -> set[str]:
        """Return which of these people have more than one message that is not through on this lane."""
        seen: set[str] = set()
        several: set[str] = set()
        for message in cls.collection().find(_not_through({"$in": list(phones)}, lane), {"phone": 1}):
            (several if message["phone"] in seen else seen).add(message["phone"])
        return several

    @classmethod
    def not_through_before(cls, message: Waiting, lane: str, limit: int = 20) -> list[Self]:
        """Return what was written for a person on this lane before this message and is not through, oldest first.

        That is what may hold it up: `limit` of it is enough, as the oldest hold up what comes between, too.
        """
        where = _not_through(message.phone, lane) | {"_id": {"$lt": message.id}}
        return list(cls.objects(__raw__=where).only("created_at", "attempts").order_by("id").limit(limit))

    @classmethod
    def wait_for(cls, message_id: ObjectId, earlier: ObjectId, until: datetime) -> bool:
        """Let a message wait for an earlier one, so long at most; False when that is through by now.

        Who brings the earlier one through sees that it is awaited, and hints at the next.
        """
        unfinished = {"_id": earlier, "status": {"$in": _UNFINISHED}}
        if cls.collection().update_one(unfinished, {"$set": {"awaited": True}}).matched_count == 0:
            return False
        queued = {"_id": message_id, "status": MessageState.QUEUED.value}
        cls.collection().update_one(queued, {"$min": {"next_attempt_at": until}})
        return True

    @classmethod
    def next_to(cls, phone: str, lane: str, limit: int = 100) -> list[ObjectId]:
        """Return a person's messages that wait to be sent on this lane, oldest first."""
        queued = _not_through(phone, lane) | {"status": MessageState.QUEUED.value}
        return [each.id for each in cls.objects(__raw__=queued).only("id").order_by("id").limit(limit)]


def _not_through(phone: Any, lane: str) -> dict[str, Any]:
    """Return where to look; the last of it lets MongoDB use the small index of what is still to be worked on."""
    return {"phone": phone, "lane": lane, "status": {"$in": _UNFINISHED}, "next_attempt_at": {"$exists": True}}
