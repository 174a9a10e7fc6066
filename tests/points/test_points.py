"""Each scene is killed at its points; the final state must be that of an undisturbed run.

`make test` tries a sample of the points; `make points` tries all.
"""

import os
from itertools import product
from zlib import crc32

import pytest

from config.queues import ROUTES
from dispatch.models import AgentStatus
from tests.points import alone, restart
from tests.points.actions import Action, Call, operations
from tests.points.effects import TABLES
from tests.points.picture import Painter, differences
from tests.points.restart import Way
from tests.points.scenes import ALL, Scene
from tests.points.stage import PointStage, Scenery

#: Each EVERY-th point of a scene is tried, with a different offset for each scene. 1 tries all points.
EVERY = int(os.environ.get("EVERY_POINT", "32"))
#: Actions that depend on data and are not entries of a table.
BY_DATA = {
    *(f"agent {status}" for status in AgentStatus),
    "agent opted out",
    "agent back",
    "agent deleted",
    "from client",
    "from stranger",
    "look-up found",
    "look-up blank",
    "look-up blank twice",
    "look-up failed",
}


@pytest.mark.parametrize("scene", ALL.values(), ids=ALL)
def test_final_state_is_the_same_wherever_the_action_is_killed(stage: PointStage, scene: Scene) -> None:
    action = scene.play(stage)
    scenery = stage.scenery()
    report = alone.done(lambda: action.run(stage.api))
    assert set(scene.of) - BY_DATA <= {action.name, *report.ran}, f"ran {action.name}, {sorted(report.ran)}"
    restart.rest(stage)
    expected = Painter(stage)
    wrong = []
    for n, (effect, way) in enumerate(product(range(1, len(report.effects) + 2), Way)):
        if (n + crc32(scene.name.encode())) % EVERY == 0:
            wrong += _wrong(stage, action, scenery, expected, report, effect, way)
    assert not wrong, "\n".join(wrong)


def _wrong(
    stage: PointStage, action: Action, scenery: Scenery, expected: Painter, report: alone.Report, effect: int, way: Way
) -> list[str]:
    stage.set(scenery)
    was_killed = alone.killed(lambda: action.run(stage.api), effect)
    status = restart.after_a_kill(stage, action, way)
    what = [*report.effects, "the end"][effect - 1] if effect <= len(report.effects) + 1 else ""
    found = differences(expected, Painter(stage))
    if effect <= len(report.effects) and not was_killed:
        found.append("was not killed: it had fewer effects than before")
    answers = {report.answer, action.then} if isinstance(action, Call) else {report.answer}
    if status not in answers:
        found.append(f"answered {status}, not {report.answer}")
    return [f"killed at {effect} ({what}), {way}: {each}" for each in found]


def test_every_action_of_the_product_has_a_scene() -> None:
    """Tasks, acts, events, timers and operations are all tested for kills."""
    of = {name for scene in ALL.values() for name in scene.of}
    tables = {f"{table} {name}" for table, entries in TABLES.items() for name in entries}
    assert tables | BY_DATA | set(ROUTES) | operations() == of
