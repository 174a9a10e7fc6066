"""After a kill: leases run out, beat and workers continue, and unanswered requests are repeated."""

from collections.abc import Callable
from datetime import timedelta
from enum import StrEnum

from config.queues import QUEUES
from dispatch import redis_client
from dispatch.models import Timer
from dispatch.models.base.record import utc_now
from tests.lifetime.desk import overdue_soon
from tests.points.actions import STILL_ANSWERING, Action, Task
from tests.points.stage import PointStage

#: Seconds between two sweeps: long enough for all leases to run out and all look-ups to be made.
LOOKS = (0, 3, 9, 12, 31, 41, 41, 41, 61, 61, 121)
#: Number of these sweeps for which the answer under an Idempotency-Key stays leased.
LEASED_LOOKS = 5
#: Keys that Redis expires by its own clock.
_MARKS = "dispatch:alarm:*"


class Way(StrEnum):
    """The fate of the killed work."""

    AGAIN = "again"  # the broker redelivers the task; an unanswered request is repeated at once
    LOST = "lost"  # all queued tasks are lost; an unanswered request is repeated after all leases have run out


def rest(stage: PointStage) -> None:
    """Advance the clock and run the workers until no work is left."""
    _work_off(stage, lambda n: False)


def after_a_kill(stage: PointStage, action: Action, way: Way) -> int | None:
    """Finish the killed action. Return the status of its last answer. Return None for a task."""
    if way == Way.LOST:
        redis_client.client().delete(*QUEUES)
        stage.tasks.hints.clear()
    if isinstance(action, Task):
        if way == Way.AGAIN:
            action.run(stage.api)
        rest(stage)
        return None
    answers = [STILL_ANSWERING]

    def ask_again(look: int) -> bool:
        if answers[-1] == STILL_ANSWERING and (way == Way.AGAIN or look >= LEASED_LOOKS):
            answers.append(action.run(stage.api))
        return answers[-1] == STILL_ANSWERING

    _work_off(stage, ask_again)
    return answers[-1]


def _work_off(stage: PointStage, waits: Callable[[int], bool]) -> None:
    """Sweep repeatedly. When no work is left and `waits` returns False, sweep once more at the end and return."""
    for look, seconds in enumerate(LOOKS):
        waiting = waits(look)
        _look(stage, seconds)
        left = sum(LOOKS[look + 1 :])
        if not (waiting or stage.tasks.hints or overdue_soon() or _falls_due_within(left)):
            _look(stage, left)
            return


def _falls_due_within(seconds: float) -> bool:
    """Return whether a timer is due within these seconds."""
    by = utc_now() + timedelta(seconds=seconds)
    return Timer.objects(next_attempt_at__ne=None, due_at__lte=by).first() is not None


def _look(stage: PointStage, seconds: float) -> None:
    stage.tasks.fetch()
    stage.clock.turn_to(stage.clock.now() + timedelta(seconds=seconds))
    for mark in redis_client.client().keys(_MARKS):
        redis_client.client().pexpire(mark, max(redis_client.client().pttl(mark) - int(seconds * 1000), 0))
    for task in ("workers.sweeps.sweep", "workers.reminders.arm", "workers.notifications.look_at_templates"):
        stage.tasks.beat(task)
    stage.tasks.run()
