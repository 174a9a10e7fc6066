"""Why operations should look at a job: all reasons that stand, and their alarms."""

from datetime import datetime, timedelta
from typing import Any, Self

from bson import ObjectId
from mongoengine import DateTimeField, DictField, ListField, StringField

from dispatch.models.job import attentions
from dispatch.models.job.eventful import Eventful, new_event
from dispatch.rules.jobs import attention as jobs_attention
from dispatch.rules.jobs.attention import APPLIES_IN, Reason

#: A job whose alarm is still not recorded after so many seconds gets it from a sweep.
ALARM_SECONDS = 60


class Flagged(Eventful):
    """`attentions` lists the reasons that stand, oldest first: `reason`, `since`, and `alarm` until it is recorded.

    `attention` and `attention_since` are those of the newest. `alert_at` is the earliest `alarm`: a sweep records it.
    """

    attention = StringField()
    attention_since = DateTimeField()
    attentions = ListField(DictField())
    alert_at = DateTimeField()

    meta = {"abstract": True}

    @classmethod
    def flag_attention(cls, job_id: ObjectId, reason: Reason, now: datetime, **guard: Any) -> Self | None:
        """Add a reason for attention to a job and return the job.

        Return None if this reason does not apply in the job's state, or stands already.
        """
        states = [state.value for state in APPLIES_IN[reason]]
        event = new_event("attention", now, reason=reason.value)
        is_new = [{"attention": None}, {"attention": {"$ne": reason.value}, "attentions.reason": {"$ne": reason.value}}]
        return cls.find_and_update(
            {"_id": job_id, "status": {"$in": states}, "$or": is_new, **guard},
            [
                *attentions.with_newest(reason.value, now, now + timedelta(seconds=ALARM_SECONDS)),
                {"$set": {"updated_at": now, "timeline": {"$concatArrays": ["$timeline", [{"$literal": event}]]}}},
            ],
        )

    @classmethod
    def clear_attention(cls, job_id: ObjectId, reason: Reason, now: datetime) -> None:
        """Remove this reason for attention. Change nothing if it does not stand."""
        cls.collection().update_one(
            {"_id": job_id, **cls.with_reason(reason)},
            [*attentions.without([reason.value]), {"$set": {"updated_at": now}}],
        )

    @classmethod
    def without_alarm(cls, now: datetime, limit: int = 500) -> list[ObjectId]:
        """Return the jobs whose alarm should be recorded and is not."""
        return [job.id for job in cls.objects(alert_at__lte=now).only("id").limit(limit)]

    @classmethod
    def alarm_recorded(cls, job_id: ObjectId, reason: Reason) -> None:
        """Note that the alarm about this reason is recorded. Change nothing if the reason is gone by then."""
        cls.collection().update_one(
            {"_id": job_id, **cls.with_reason(reason)}, attentions.with_alarm_recorded(reason.value)
        )

    @classmethod
    def ids_with_reason(cls, reason: Reason) -> list[ObjectId]:
        """Return the jobs for which this reason stands."""
        return [row["_id"] for row in cls.find_rows(cls.with_reason(reason), "_id")]

    @staticmethod
    def with_reason(reason: Reason) -> dict[str, Any]:
        """Return the filter of the jobs for which this reason stands."""
        stands = [{"attention": reason.value}, {"attentions.reason": reason.value}]
        return {"attention": {"$in": jobs_attention.REASONS}, "$or": stands}

    @property
    def reasons(self) -> list[dict[str, Any]]:
        """The reasons that stand, oldest first: `reason`, `since`, and `alarm` until the alarm is recorded."""
        return jobs_attention.standing(self.to_mongo())

    def needs_attention(self, reason: Reason) -> bool:
        """Return whether this reason stands."""
        return any(each["reason"] == reason for each in self.reasons)
