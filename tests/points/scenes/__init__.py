"""The scenes: each sets a stage for one action and returns it. `ALL` names what each is a scene of."""

from tests.points.scenes import clock, jobs, people, platform, sending
from tests.points.scenes.table import ALL, Scene

__all__ = ["ALL", "Scene", "clock", "jobs", "people", "platform", "sending"]
