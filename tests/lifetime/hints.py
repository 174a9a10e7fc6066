"""The queues: hints are taken out of Redis as they stand there, and run, lost, delivered twice, or left waiting."""

import base64
import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from celery_app import app
from config.queues import QUEUES
from dispatch import redis_client

FIRE = "workers.reminders.fire"


@dataclass(frozen=True)
class Hint:
    """A task that waits in a queue, from `due` on."""

    task: str
    args: list[Any]
    due: datetime

    @property
    def room(self) -> str:
        """The module of the task: inbox, assignment, broadcasting, notifications, reminders or sweeps."""
        return self.task.split(".")[1]

    def run(self) -> None:
        """Do it, as a worker would."""
        app.tasks[self.task].run(*self.args)

    def older(self, by: timedelta) -> "Hint":
        """Return it as it stands in a world that is so much older."""
        args = self.args
        if self.task == FIRE:
            args = [args[0], (datetime.fromisoformat(args[1]) - by).isoformat()]
        return replace(self, args=args, due=self.due - by)


class Hints:
    """All that is hinted at and not done yet, the oldest first."""

    def __init__(self) -> None:
        app.loader.import_default_modules()
        self.waiting: list[Hint] = []

    def ripe(self, rooms: Iterable[str] = ()) -> list[Hint]:
        """Return what may run now, of these rooms or of all."""
        self._collect()
        now, among = datetime.now(UTC), set(rooms)
        return [hint for hint in self.waiting if hint.due <= now and (not among or hint.room in among)]

    def take(self, hint: Hint) -> Hint:
        """Take a hint out of its queue."""
        self.waiting.remove(hint)
        return hint

    def lose(self) -> None:
        """Empty all queues."""
        self._collect()
        self.waiting = []

    def grow_older(self, by: timedelta) -> None:
        """Let what waits be due so much earlier."""
        self._collect()
        self.waiting = [hint.older(by) for hint in self.waiting]

    def _collect(self) -> None:
        with redis_client.client().pipeline() as all_at_once:
            for queue in QUEUES:
                all_at_once.lrange(queue, 0, -1)
            all_at_once.delete(*QUEUES)
            *queued, _ = all_at_once.execute()
        self.waiting += [_read(json.loads(raw)) for queue in queued for raw in reversed(queue)]


def _read(envelope: dict[str, Any]) -> Hint:
    headers, (args, _, _) = envelope["headers"], json.loads(base64.b64decode(envelope["body"]))
    eta = headers["eta"] and datetime.fromisoformat(headers["eta"]).astimezone(UTC)
    return Hint(headers["task"], args, eta or datetime.now(UTC))
