"""Runs a piece of work in its own process, which reports its effects or is killed at one of them."""

import json
import os
import signal
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from dispatch import stores
from tests.points.effects import Effects

#: Seconds before a hanging process is given up.
GIVEN_UP = 60


@dataclass(frozen=True)
class Report:
    """The effects of the work, in order; the entries of the product's tables that ran; the returned value."""

    effects: list[str]
    ran: frozenset[str]
    answer: Any


def done(work: Callable[[], Any]) -> Report:
    """Run the work without a kill; return its report."""
    told, _ = _fork(work, None)
    assert told, "the work failed by itself: see what it printed"
    return Report(told["effects"], frozenset(told["ran"]), told["answer"])


def killed(work: Callable[[], Any], effect: int) -> bool:
    """Run the work and kill it just before its nth effect (from 1), or at its end. Return whether it was killed.

    A process that is killed at its end has done all its work, but reported nothing.
    """
    told, status = _fork(work, effect)
    was_killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
    assert was_killed or told, f"the work failed by itself before effect {effect}: see what it printed"
    return was_killed


def _fork(work: Callable[[], Any], dies_at: int | None) -> tuple[dict[str, Any] | None, int]:
    reading, writing = os.pipe()
    process = os.fork()
    if process == 0:
        _be_a_worker(work, dies_at, writing)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        told = pipe.read()
    _, status = os.waitpid(process, 0)
    return json.loads(told) if told else None, status


def _be_a_worker(work: Callable[[], Any], dies_at: int | None, writing: int) -> None:
    code = 1
    try:
        signal.alarm(GIVEN_UP)
        stores.disconnect()
        effects = Effects(dies_at)
        effects.watch()
        answer = work()
        told = {"effects": effects.seen, "ran": sorted(effects.ran), "answer": answer}
        os.write(writing, json.dumps(told).encode())
        code = 0
    except BaseException:  # noqa: BLE001  the parent reports the error
        traceback.print_exc()
        sys.stderr.flush()
    finally:
        os._exit(code)
