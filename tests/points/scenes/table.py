"""The table of scenes, filled by `@scene`."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.points.actions import Action
from tests.points.stage import PointStage


@dataclass(frozen=True)
class Scene:
    """Prepares a stage and returns the action. `of` names what the action runs: tasks, acts, events, timers …"""

    name: str
    of: tuple[str, ...]
    play: Callable[[PointStage], Action]


ALL: dict[str, Scene] = {}


def scene(*of: str) -> Callable[[Callable[[PointStage], Action]], Callable[[PointStage], Action]]:
    """Add a scene to the table."""

    def add(play: Callable[[PointStage], Action]) -> Callable[[PointStage], Action]:
        assert play.__name__ not in ALL
        ALL[play.__name__] = Scene(play.__name__, of, play)
        return play

    return add
