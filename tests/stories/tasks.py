"""The workers of a story: they run the tasks in Redis' queues, and nothing that was not enqueued."""

import base64
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from celery_app import app
from config.queues import QUEUES
from dispatch import redis_client
from tests.stories.clock import Clock

#: Tasks due within this time are waited for (a claim is settled a quarter of a second after its arrival).
PATIENCE = timedelta(seconds=1)
#: Tasks taken from a queue at once.
MOST = 1000
#: A story that runs more tasks than this has an endless loop.
ENDLESS = 2000

Hint = tuple[str, list[Any]]


class Tasks:
    """All workers in one thread, in a fixed order. A task with an ETA waits for the desk's clock."""

    def __init__(self, clock: Clock) -> None:
        app.loader.import_default_modules()
        self._clock = clock
        self.hints: list[tuple[datetime, str, Hint]] = []

    def fetch(self) -> None:
        """Take the tasks from the queues before the clock moves: Celery computes ETAs from the real time."""
        for queue, taken in zip(QUEUES, self._take(), strict=True):
            for raw in taken or []:
                envelope = json.loads(raw)
                headers, (arguments, _, _) = envelope["headers"], json.loads(base64.b64decode(envelope["body"]))
                eta = headers["eta"] and datetime.fromisoformat(headers["eta"]).astimezone(UTC) + self._clock.ahead
                self.hints.append((eta or self._clock.now(), queue, (headers["task"], arguments)))

    def run(self, *queues: str) -> None:
        """Run enqueued tasks until none is left; with names, only those of these queues."""
        for _ in range(ENDLESS):
            self.fetch()
            ripe = self._ripe(queues or QUEUES)
            if ripe:
                self.hints.remove(ripe)
                perform(*ripe[-1])
            elif queues or not self._wait_a_little():
                return
        raise AssertionError("the tasks never come to rest")

    def beat(self, name: str) -> None:
        """Run a task as beat does."""
        perform(name, [])

    def next_due(self) -> datetime | None:
        """Return when the first of the tasks is due."""
        return min((due for due, *_ in self.hints), default=None)

    def _take(self) -> list[list[str] | None]:
        with redis_client.client().pipeline() as calls:
            for queue in QUEUES:
                calls.rpop(queue, MOST)
            return calls.execute()

    def _ripe(self, queues: Sequence[str]) -> tuple[datetime, str, Hint] | None:
        now = self._clock.now()
        ripe = [hint for hint in self.hints if hint[0] <= now and hint[1] in queues]
        return min(ripe, key=lambda hint: queues.index(hint[1]), default=None)

    def _wait_a_little(self) -> bool:
        due = self.next_due()
        if due is None or due > self._clock.now() + PATIENCE:
            return False
        self._clock.turn_to(due)
        return True


def perform(name: str, arguments: list[Any]) -> None:
    """Run one task, with its retries at once. Errors that the task declares are only logged, as by Celery."""
    task = app.tasks[name]
    done = task.apply(args=arguments)
    if not isinstance(done.result, task.throws):
        done.get()
