"""Follow-up work for a job's events: one worker at a time; an event that keeps failing is set aside for a person."""

from datetime import datetime, timedelta
from typing import Any, Self

from bson import ObjectId
from mongoengine import DateTimeField, ListField, ObjectIdField

from dispatch.models.base.tried import COUNTED, TRY_FIELDS, Tried
from dispatch.rules import failures
from dispatch.rules.failures import Failure

#: Lease for following up; a sweep lets another worker try afterwards.
FOLLOWING_SECONDS = 30


class Followed(Tried):
    """`unfollowed` has the events whose consequences are not written yet, `set_aside` those that failed too often.

    Events set aside wait for a person, while later ones are followed up. `tries` counts tries of the oldest unfollowed
    event.
    """

    DUE = ("follow_up_at",)

    unfollowed = ListField(ObjectIdField())
    set_aside = ListField(ObjectIdField())
    follow_up_at = DateTimeField()

    meta = {"abstract": True}

    @classmethod
    def lease_following(cls, job_id: ObjectId, now: datetime) -> Self | None:
        """Lease a job's follow-up work and return the job. Return None if there is none, or another has the lease."""
        return cls.find_and_update(
            {"_id": job_id, "unfollowed.0": {"$exists": True}, "follow_up_at": {"$lte": now}},
            {"$set": {"follow_up_at": now + timedelta(seconds=FOLLOWING_SECONDS)}, "$inc": COUNTED["$inc"]},
        )

    @classmethod
    def keep_following(cls, job_id: ObjectId, now: datetime, **standing: Any) -> bool:
        """Prolong the lease during long work. Return False if the job no longer has these values, or no such work."""
        result = cls.collection().update_one(
            {"_id": job_id, "unfollowed.0": {"$exists": True}, **standing},
            {"$set": {"follow_up_at": now + timedelta(seconds=FOLLOWING_SECONDS)}},
        )
        return result.matched_count == 1

    @classmethod
    def followed_all(cls, job_id: ObjectId, event_id: ObjectId) -> bool:
        """Mark the only event left as followed up, and end the lease. Return False if it is not the only one."""
        done = {"$set": {"unfollowed": []}, "$unset": {"follow_up_at": 1, "tries": 1}}
        return cls.collection().update_one({"_id": job_id, "unfollowed": [event_id]}, done).matched_count == 1

    @classmethod
    def followed(cls, job_id: ObjectId, event_id: ObjectId) -> None:
        """Mark an event as followed up. The lease counts as the first try of the next event."""
        cls.find_and_update(
            {"_id": job_id, "unfollowed": event_id}, {"$pull": {"unfollowed": event_id}, "$set": {"tries": 1}}
        )

    @classmethod
    def follow_later(cls, job_id: ObjectId, tries: int, failure: Failure, now: datetime) -> None:
        """Set the end of the lease to the time of the next try, after a failure."""
        later = {"follow_up_at": failures.retry_at(tries, now)}
        uncounted = {"tries": -1 if failure.passes else 0}
        cls.find_and_update({"_id": job_id, "tries": tries}, {"$set": later, "$inc": uncounted})

    @classmethod
    def park_event(cls, job_id: ObjectId, event_id: ObjectId, error: str, now: datetime) -> None:
        """Set an event aside that has failed too often. The lease counts as the first try of the next event."""
        aside: dict[str, Any] = {"$pull": {"unfollowed": event_id}, "$push": {"set_aside": event_id}}
        cls.find_and_update(
            {"_id": job_id, "unfollowed": event_id}, {**aside, "$set": {"tries": 1, "parked_at": now, "error": error}}
        )

    @classmethod
    def end_following(cls, job_id: ObjectId) -> bool:
        """End the lease. Return False, and keep the lease, if a new event has been added."""
        done = {"$unset": {"follow_up_at": 1, "tries": 1}}
        return cls.collection().update_one({"_id": job_id, "unfollowed": []}, done).matched_count == 1

    @classmethod
    def retry_set_aside(cls, job_id: ObjectId, now: datetime) -> Self | None:
        """Let events that were set aside be followed up before all others. Return None if there are none."""
        job = cls.get(job_id)
        if job is None or not job.set_aside:
            return None
        again = {"unfollowed": {"$each": list(job.set_aside), "$position": 0}}
        return cls.find_and_update(
            {"_id": job_id, "set_aside": list(job.set_aside)},
            {
                "$push": again,
                "$max": {"follow_up_at": now},
                "$unset": dict.fromkeys((*TRY_FIELDS, "set_aside"), 1),
            },
        )

    @classmethod
    def overdue(cls, now: datetime, limit: int = 500) -> list[ObjectId]:
        """Return jobs whose follow-up work is overdue."""
        return [job.id for job in cls.objects(follow_up_at__lte=now).only("id").limit(limit)]
