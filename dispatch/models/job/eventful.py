"""Events of a job, one guarded write each."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Self

from bson import ObjectId
from mongoengine import DateTimeField, DictField, IntField, ListField, StringField

from dispatch.models.job import attentions
from dispatch.models.job.followed import Followed
from dispatch.rules.jobs import attention
from dispatch.rules.jobs import states as jobs_states
from dispatch.rules.jobs.states import JobState


class Eventful(Followed):
    """A job's state and history. `timeline` lists all events. `version` rises with every event that moves the job."""

    status = StringField(default=JobState.PENDING.value)
    version = IntField(default=1)
    reached = DictField()
    timeline = ListField(DictField())
    updated_at = DateTimeField(required=True)

    meta = {"abstract": True}

    @classmethod
    def move(
        cls,
        job_id: ObjectId,
        event: str,
        now: datetime,
        *,
        state: JobState | None = None,
        guard: dict[str, Any] | None = None,
        change: dict[str, Any] | None = None,
        drop: Sequence[str] = (),
        **facts: Any,
    ) -> Self | None:
        """Write an event into a job and return the job. Return None if its state or `guard` does not allow the event.

        The same write appends the event (with `facts`), lists it as unfollowed, sets `change`, unsets `drop`, and
        removes the reasons for attention that end with the event. `state` narrows the states in which it may happen
        (see `jobs.states.transition`). A follow-up lease is not shortened.
        """
        states, to = jobs_states.transition(event, state)
        happened = new_event(event, now, to=to.value, **facts)
        fields = {"status": to.value, "updated_at": now, **(change or {})}
        if to not in states:
            fields[f"reached.{to.value}"] = now
        ends_hold = ("held_for",) if event in jobs_states.CLEAR_ATTENTION else ()
        dropped = sorted({*drop, *ends_hold} - fields.keys())
        gone = attention.cleared_by(event, to)
        return cls.find_and_update(
            {"_id": job_id, "status": {"$in": states}, **(guard or {})},
            [
                *(attentions.without(gone) if gone else ()),
                {"$set": {**_as_given(fields), **_listed(happened), "follow_up_at": {"$max": ["$follow_up_at", now]}}},
                *([{"$unset": dropped}] if dropped else ()),
            ],
        )

    @classmethod
    def edit(
        cls, job_id: ObjectId, now: datetime, guard: dict[str, Any], change: dict[str, Any], **facts: Any
    ) -> Self | None:
        """Write details that nobody is shown, with an event from which nothing follows, and return the job.

        Return None if `guard` does not allow it.
        """
        return cls.find_and_update(
            {"_id": job_id, "status": {"$in": sorted(jobs_states.MOVES["edited"])}, **guard},
            {
                "$set": {"updated_at": now, **change},
                "$inc": {"version": 1},
                "$push": {"timeline": new_event("edited", now, **facts)},
            },
        )

    @classmethod
    def note(cls, job_id: ObjectId, name: str, now: datetime, **facts: Any) -> None:
        """Add a note to the timeline, once with these facts. Nothing follows from a note."""
        known = {"$elemMatch": {"name": name, **facts}}
        cls.collection().update_one(
            {"_id": job_id, "timeline": {"$not": known}}, {"$push": {"timeline": new_event(name, now, **facts)}}
        )

    @property
    def state(self) -> JobState:
        """The job's state."""
        return JobState(self.status)

    def last_event(self, *names: str, **facts: Any) -> dict[str, Any] | None:
        """Return the latest event with one of these names and these facts. Return None if there is none."""
        return next(
            (each for each in reversed(self.timeline) if each["name"] in names and facts.items() <= each.items()), None
        )

    def was_caused_by(self, request: ObjectId | None) -> bool:
        """Return whether this request of the platform has caused an event already. A repeat must not cause another."""
        return request is not None and any(event.get("request") == request for event in self.timeline)

    def event(self, event_id: ObjectId) -> dict[str, Any]:
        """Return one event of the timeline."""
        return next(event for event in self.timeline if event["id"] == event_id)


def _as_given(fields: dict[str, Any]) -> dict[str, Any]:
    """Return these fields for an update by stages, which would read a text such as "$5" as the name of a field."""
    return {name: {"$literal": value} for name, value in fields.items()}


def _listed(event: dict[str, Any]) -> dict[str, Any]:
    """Return the changes that append an event to the timeline, as unfollowed, and count it."""
    return {
        "version": {"$add": ["$version", 1]},
        "timeline": {"$concatArrays": ["$timeline", [{"$literal": event}]]},
        "unfollowed": {"$concatArrays": [{"$ifNull": ["$unfollowed", []]}, [event["id"]]]},
    }


def new_event(name: str, now: datetime, **facts: Any) -> dict[str, Any]:
    """Return an event for the timeline, without facts that are None."""
    return {
        "id": ObjectId(),
        "name": name,
        "at": now,
        **{key: value for key, value in facts.items() if value is not None},
    }
