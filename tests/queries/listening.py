"""A listener on MongoDB's driver: new queries of the product, their callers, and all functions that ran a query."""

import sys
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

from pymongo import monitoring

from tests.queries.asking import COMMANDS, questions

ROOT = Path(__file__).resolve().parents[2]
_DRIVERS, _TESTING = {"pymongo", "mongoengine", "bson"}, {"_pytest", "pluggy"}


@dataclass
class Asked:
    """A query to MongoDB, with the lines of our code that made it, the innermost first."""

    question: dict[str, Any]
    by: list[str]


@dataclass
class Listener(monitoring.CommandListener):
    """Records each new query of the product, and the code that ran any query. Queries of tests are not recorded."""

    fresh: list[Asked] = field(default_factory=list)
    asking: set[CodeType] = field(default_factory=set)
    known: set[str] = field(default_factory=set)

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        """Record a command. The driver calls this in the querying thread before each command."""
        if event.command_name not in COMMANDS and event.command_name != "insert":
            return
        frames = _between_driver_and_test()
        if not frames:
            return
        self.asking.update(frame.f_code for frame in frames)
        for question in questions(event.command):
            name = repr(question)
            if name not in self.known:
                self.known.add(name)
                self.fresh.append(Asked(question, [_line(frame) for frame in frames if _is_ours(frame.f_code)]))

    def functions(self) -> set[str]:
        """Return the functions of the product that ran a query, directly or through other functions."""
        return {_function(code) for code in self.asking if _is_ours(code)}

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        """Do nothing."""

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        """Do nothing."""


def _between_driver_and_test() -> list[FrameType]:
    """Return the frames that led to this command, the innermost first; none when a test gave it by itself.

    A library's are among them: it asks for the product, as when it renders a query that a view has returned.
    """
    found: list[FrameType] = []
    frame: FrameType | None = sys._getframe(2)
    while frame and (whose := _whose(frame.f_code.co_filename)) != "tests":
        if whose != "driver":
            found.append(frame)
        frame = frame.f_back
    return found


@cache
def _whose(filename: str) -> str:
    path = Path(filename)
    if "site-packages" in path.parts:
        packages = set(path.parts)
        return "tests" if packages & _TESTING else "driver" if packages & _DRIVERS else "library"
    if path.is_relative_to(ROOT / "tests"):
        return "tests"
    return "product" if path.is_relative_to(ROOT) else "driver"  # Python's own code


def _is_ours(code: CodeType) -> bool:
    return _whose(code.co_filename) == "product"


def _function(code: CodeType) -> str:
    return f"{Path(code.co_filename).relative_to(ROOT).as_posix()} {code.co_qualname}"


def _line(frame: FrameType) -> str:
    return f"{_function(frame.f_code)}, line {frame.f_lineno}"


LISTENER = Listener()
