"""A stage for scenes: a story's desk that can hold back an action, and that can be reset to a saved state."""

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from unittest import mock

from pymongo import WriteConcern

from dispatch import redis_client
from dispatch.models import DOCUMENTS, Timer
from tests.office import Office
from tests.points.actions import Task
from tests.stories.desk import StoryDesk
from tests.stories.people import Job, Person

_FAST = WriteConcern(w=1, j=False)


@dataclass(frozen=True)
class Scenery:
    """The saved state before an action: rows, Twilio's messages and faults, alarms, shelved forms, hints, time."""

    rows: dict[str, list[dict[str, Any]]]
    sent: list[Any]
    faults: list[Any]
    alarms: list[Any]
    shelf: dict[str, list[str]]
    hints: list[Any]
    ahead: timedelta


class PointStage(StoryDesk):
    """A desk for scenes. After `holds()`, tasks run only when the scene runs them."""

    ada: Person
    bisi: Person
    office: Office

    def holds(self) -> "PointStage":
        """Run no enqueued tasks from now on."""
        self._paused = True
        return self

    def hint(self, task: str) -> Task:
        """Return the only enqueued task of this name, at its time."""
        self.tasks.fetch()
        (found,) = [hint for hint in self.tasks.hints if hint[2][0] == task]
        self.tasks.hints.remove(found)
        self.clock.turn_to(found[0])
        return Task(task, tuple(found[2][1]))

    def due(self, job: Job, kind: str) -> Task:
        """Return the task that fires a job's timer, at its due time."""
        timer = Timer.objects.get(job=job["id"], kind=kind)
        self.wait_until(timer.due_at - timedelta(minutes=2))
        self.holds()
        self.clock.turn_to(timer.due_at)
        return Task("workers.reminders.fire", (str(timer.id), timer.due_at.isoformat()))

    @contextmanager
    def unfollowed(self) -> Iterator[None]:
        """Kill work that changes a job or an agent's status before its follow-up work."""
        self.holds()
        with (
            mock.patch("dispatch.actions.jobs.events.follow_up"),
            mock.patch("dispatch.actions.people.agents.follow_agent"),
        ):
            yield

    def scenery(self) -> Scenery:
        """Return the current state."""
        self.tasks.fetch()
        return Scenery(
            rows={document.__name__: list(document.collection().find()) for document in DOCUMENTS},
            sent=[copy.copy(message) for message in self.twilio._exchange.ledger._messages],
            faults=[copy.copy(fault) for fault in self.twilio.faults.all()],
            alarms=list(self.office.alarms),
            shelf={
                key: redis_client.client().lrange(key, 0, -1) for key in redis_client.client().keys("dispatch:rescued*")
            },
            hints=list(self.tasks.hints),
            ahead=self.clock.ahead,
        )

    def set(self, scenery: Scenery) -> None:
        """Reset to a saved state."""
        for document in DOCUMENTS:
            collection = document.collection().with_options(write_concern=_FAST)
            collection.delete_many({})
            if rows := scenery.rows[document.__name__]:
                collection.insert_many(rows)
        self.office.alarms[:] = scenery.alarms
        self.twilio.clear()
        for message in scenery.sent:
            self.twilio._exchange.ledger.add(copy.copy(message))
        for fault in scenery.faults:
            self.twilio.faults._faults[fault.phone, fault.kind] = copy.copy(fault)
        redis_client.client().flushdb()
        for key, entries in scenery.shelf.items():
            redis_client.client().rpush(key, *entries)
        self.tasks.hints = list(scenery.hints)
        self.clock.ahead = scenery.ahead
