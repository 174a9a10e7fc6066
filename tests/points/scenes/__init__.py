"""The scenes: each prepares a stage for one action and returns the action. `ALL` contains them by name."""

from tests.points.scenes import clock, jobs, people, platform, sending
from tests.points.scenes.table import ALL, Scene

__all__ = ["ALL", "Scene", "clock", "jobs", "people", "platform", "sending"]
