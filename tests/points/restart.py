"""After a kill: all leases run out, beat and workers go on, and whoever got no answer asks again."""

from collections.abc import Callable
from datetime import timedelta
from enum import StrEnum

from config.queues import QUEUES
from dispatch import redis_client
from dispatch.models import Timer
from dispatch.models.base.record import utc_now
from tests.lifetime.desk import overdue_soon
from tests.points.actions import STILL_ANSWERING, Action, Task
from tests.points.stage import Stage

#: Seconds between two looks of beat: every lease runs out, every look-up comes, and in the end all is at rest.
LOOKS = (0, 3, 9, 12, 31, 41, 41, 41, 61, 61, 121)
#: An answer of a request under a key is leased for so many of these looks.
LEASED_LOOKS = 5
#: Redis' marks that run out by Redis' own clock.
_MARKS = "dispatch:alarm:*"


class Way(StrEnum):
    """What the kill has done besides."""

    AGAIN = "again"  # nothing: the task is delivered again, whoever got no answer asks at once
    LOST = "lost"  # every hint is lost, and the task with them; who got no answer asks when all leases are out


def rest(stage: Stage) -> None:
    """Let time pass and the workers work, until all is at rest."""
    _work_off(stage, lambda n: False)


def after_a_kill(stage: Stage, action: Action, way: Way) -> int | None:
    """Let all that was under way come to its end; the status of what the action answers at last."""
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


def _work_off(stage: Stage, waits: Callable[[int], bool]) -> None:
    """Look again and again; from when nothing is left to do, and nobody `waits` any more, once more at the end."""
    for look, seconds in enumerate(LOOKS):
        waiting = waits(look)
        _look(stage, seconds)
        left = sum(LOOKS[look + 1 :])
        if not (waiting or stage.tasks.hints or overdue_soon() or _falls_due_within(left)):
            _look(stage, left)
            return


def _falls_due_within(seconds: float) -> bool:
    """Tell whether a timer would be late if all looks but the last were left out."""
    by = utc_now() + timedelta(seconds=seconds)
    return Timer.objects(next_attempt_at__ne=None, due_at__lte=by).first() is not None


def _look(stage: Stage, seconds: float) -> None:
    stage.tasks.fetch()
    stage.clock.turn_to(stage.clock.now() + timedelta(seconds=seconds))
    for mark in redis_client.client().keys(_MARKS):
        redis_client.client().pexpire(mark, max(redis_client.client().pttl(mark) - int(seconds * 1000), 0))
    for task in ("workers.sweeps.sweep", "workers.reminders.arm", "workers.notifications.look_at_templates"):
        stage.tasks.beat(task)
    stage.tasks.run()
