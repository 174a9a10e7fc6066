"""Following up a job's events: one follower at a time, and what can't be followed is set aside for a person."""

from datetime import datetime, timedelta
from typing import Any, Self

from bson import ObjectId
from mongoengine import DateTimeField, ListField, ObjectIdField

from dispatch.models.base.tried import COUNTED, TRY_FIELDS, Tried
from dispatch.rules import failures
from dispatch.rules.failures import Failure

#: How long a follower has for itself before a sweep lets another one try.
FOLLOWING_SECONDS = 30


class Followed(Tried):
    """`unfollowed` names the events whose consequences are not written yet, `set_aside` those that have failed too
    often: they wait for a person, while later ones are followed. `tries` counts those at the oldest unfollowed one.
    """

    DUE = ("follow_up_at",)

    unfollowed = ListField(ObjectIdField())
    set_aside = ListField(ObjectIdField())
    follow_up_at = DateTimeField()

    meta = {"abstract": True}

    @classmethod
    def lease_following(cls, job_id: ObjectId, now: datetime) -> Self | None:
        """Take the right to follow up on this job; None when there is nothing to follow or somebody is at it."""
        return cls.find_and_update(
            {"_id": job_id, "unfollowed.0": {"$exists": True}, "follow_up_at": {"$lte": now}},
            {"$set": {"follow_up_at": now + timedelta(seconds=FOLLOWING_SECONDS)}, "$inc": COUNTED["$inc"]},
        )

    @classmethod
    def keep_following(cls, job_id: ObjectId, now: datetime, **standing: Any) -> bool:
        """Prolong the follower's lease amid long work; False when the job does not stand so any more."""
        result = cls.collection().update_one(
            {"_id": job_id, "unfollowed.0": {"$exists": True}, **standing},
            {"$set": {"follow_up_at": now + timedelta(seconds=FOLLOWING_SECONDS)}},
        )
        return result.matched_count == 1

    @classmethod
    def followed_all(cls, job_id: ObjectId, event_id: ObjectId) -> bool:
        """Strike off the only event that is left, and give the lease back; False when it is not the only one."""
        done = {"$set": {"unfollowed": []}, "$unset": {"follow_up_at": 1, "tries": 1}}
        return cls.collection().update_one({"_id": job_id, "unfollowed": [event_id]}, done).matched_count == 1

    @classmethod
    def followed(cls, job_id: ObjectId, event_id: ObjectId) -> None:
        """Strike an event off; the lease counts as the first try at the next one."""
        cls.find_and_update(
            {"_id": job_id, "unfollowed": event_id}, {"$pull": {"unfollowed": event_id}, "$set": {"tries": 1}}
        )

    @classmethod
    def follow_later(cls, job_id: ObjectId, tries: int, failure: Failure, now: datetime) -> None:
        """Following has failed so often: the lease ends when it is to be tried again."""
        later = {"follow_up_at": failures.again_at(tries, now)}
        uncounted = {"tries": -1 if failure.passes else 0}
        cls.find_and_update({"_id": job_id, "tries": tries}, {"$set": later, "$inc": uncounted})

    @classmethod
    def park_event(cls, job_id: ObjectId, event_id: ObjectId, error: str, now: datetime) -> None:
        """Set an event aside that has failed too often; the lease counts as the first try at the next one."""
        aside: dict[str, Any] = {"$pull": {"unfollowed": event_id}, "$push": {"set_aside": event_id}}
        cls.find_and_update(
            {"_id": job_id, "unfollowed": event_id}, {**aside, "$set": {"tries": 1, "parked_at": now, "error": error}}
        )

    @classmethod
    def end_following(cls, job_id: ObjectId) -> bool:
        """Give the lease back; False when a new event has come in the meantime and the lease is kept."""
        done = {"$unset": {"follow_up_at": 1, "tries": 1}}
        return cls.collection().update_one({"_id": job_id, "unfollowed": []}, done).matched_count == 1

    @classmethod
    def retry_set_aside(cls, job_id: ObjectId, now: datetime) -> Self | None:
        """Let a job's events that were set aside be followed, before any other; None when there are none."""
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
        """Return jobs whose events should have been followed by now."""
        return [job.id for job in cls.objects(follow_up_at__lte=now).only("id").limit(limit)]
