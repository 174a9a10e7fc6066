"""Starting processes so that none can stay behind: own sessions, a death signal, a mark in the environment."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO

import psutil

#: Names the data directory in the environment of everything that a desk starts, grandchildren included.
MARK = "SANDBOX_DESK"

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None)


def _end_with_the_parent() -> None:
    """Have Linux send SIGTERM when the starting thread is gone, even by SIGKILL."""
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def spawn(command: Sequence[str], output: int | IO[bytes]) -> subprocess.Popen[bytes]:
    """Start a process in a session of its own; Ctrl-C in the terminal reaches only the one who supervises it."""
    return subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        preexec_fn=_end_with_the_parent if sys.platform == "linux" else None,
    )


def kill_group(leader: int) -> None:
    """Kill what is left of the process group that `spawn` made."""
    try:
        os.killpg(leader, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):  # macOS: a group of zombies is a PermissionError
        return


def stop(process: subprocess.Popen[bytes], grace: float) -> None:
    """Ask a process to end, kill its group `grace` seconds later, and wait for it."""
    process.terminate()
    try:
        process.wait(grace)
    except subprocess.TimeoutExpired:
        process.kill()
    kill_group(process.pid)
    process.wait()


def stop_marked(directory: Path, grace: float) -> int:
    """Stop every process that carries the mark of this data directory; return how many there were.

    A desk that was killed may leave some; they are told from others by the mark, never by name or number.
    """
    found = _marked(directory)
    for process in found:
        _quietly(process.terminate)
    for process in _still_alive(found, grace):
        _quietly(process.kill)
    _still_alive(found, grace)
    return len(found)


def _marked(directory: Path) -> list[psutil.Process]:
    mine = {os.getpid(), *(parent.pid for parent in psutil.Process().parents())}
    mark = str(directory.resolve())
    found = []
    for process in psutil.process_iter(["environ"]):  # what may not be read is None
        if process.pid not in mine and (process.info["environ"] or {}).get(MARK) == mark:
            found.append(process)
    return found


def _still_alive(found: list[psutil.Process], seconds: float) -> list[psutil.Process]:
    """Return those that live on after so many seconds; sooner when there are none.

    A zombie is dead: where process 1 reaps nothing, as in some containers, an orphan stays one for ever.
    """
    deadline = time.monotonic() + seconds
    while (alive := [process for process in found if is_alive(process.pid)]) and time.monotonic() < deadline:
        time.sleep(0.02)
    return alive


def is_alive(pid: int) -> bool:
    """Tell whether a process runs; a zombie does not."""
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def _quietly(act: Callable[[], None]) -> None:
    try:
        act()
    except psutil.NoSuchProcess:
        return
