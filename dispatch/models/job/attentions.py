"""Expressions of MongoDB that compute a job's reasons for attention in the write that changes them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

Stage = dict[str, Any]

#: The reasons that stand, as `attention.standing` returns them.
_STANDING = {
    "$switch": {
        "branches": [
            {"case": {"$eq": [{"$ifNull": ["$attention", None]}, None]}, "then": []},
            {"case": {"$in": ["$attention", {"$ifNull": ["$attentions.reason", []]}]}, "then": "$attentions"},
        ],
        "default": [{"reason": "$attention", "since": "$attention_since", "alarm": "$alert_at"}],
    }
}
#: The newest reason, and when the first alarm is to be recorded, are kept beside the list: indexes read them.
_BESIDE_LIST = {
    "$set": {
        "attention": {"$ifNull": [{"$last": "$attentions.reason"}, "$$REMOVE"]},
        "attention_since": {"$ifNull": [{"$last": "$attentions.since"}, "$$REMOVE"]},
        "alert_at": {"$ifNull": [{"$min": "$attentions.alarm"}, "$$REMOVE"]},
        "attentions": {"$cond": [{"$eq": ["$attentions", []]}, "$$REMOVE", "$attentions"]},
    }
}


def without(reasons: Sequence[str]) -> list[Stage]:
    """Return the stages of an update that remove these reasons."""
    return _written(_without(reasons))


def with_newest(reason: str, now: datetime, record_by: datetime) -> list[Stage]:
    """Return the stages of an update that add a reason as the newest, with an alarm to be recorded."""
    newest = [{"reason": reason, "since": now, "alarm": record_by}]
    return _written({"$concatArrays": [_without([reason]), newest]})


def with_alarm_recorded(reason: str) -> list[Stage]:
    """Return the stages of an update that note the alarm about a reason as recorded."""
    recorded = {"reason": "$$this.reason", "since": "$$this.since"}
    each = {"$cond": [{"$eq": ["$$this.reason", reason]}, recorded, "$$this"]}
    return _written({"$map": {"input": _STANDING, "in": each}})


def _without(reasons: Sequence[str]) -> Stage:
    kept = {"$not": [{"$in": ["$$this.reason", list(reasons)]}]}
    return {"$filter": {"input": _STANDING, "cond": kept}}


def _written(reasons: Stage) -> list[Stage]:
    return [{"$set": {"attentions": reasons}}, _BESIDE_LIST]
