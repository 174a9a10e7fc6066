"""Start processes so that none is left behind: sessions of their own, a death signal, a mark in the environment."""

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

#: The environment variable that names the desk's data directory. Every process of a desk inherits it.
MARK = "SANDBOX_DESK"

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None)


def end_with_the_parent() -> None:
    """Make Linux send SIGTERM to this process when the thread that started it ends, even if SIGKILL ends it."""
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def spawn(command: Sequence[str], output: int | IO[bytes]) -> subprocess.Popen[bytes]:
    """Start a process in a session of its own, so that Ctrl-C in the terminal reaches only its supervisor."""
    return subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        preexec_fn=end_with_the_parent if sys.platform == "linux" else None,
    )


def kill_group(leader: int) -> None:
    """Kill the processes that remain in the group that `spawn` made."""
    try:
        os.killpg(leader, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):  # macOS: a group of zombies is a PermissionError
        return


def stop(process: subprocess.Popen[bytes], grace: float) -> None:
    """Terminate a process. After `grace` seconds kill its group. Return when the process has ended."""
    process.terminate()
    try:
        process.wait(grace)
    except subprocess.TimeoutExpired:
        process.kill()
    kill_group(process.pid)
    process.wait()


def stop_marked(directory: Path, grace: float) -> int:
    """Stop every process that carries the mark of this data directory. Return their number.

    A desk that was killed may leave processes behind. Only the mark identifies them, never a name or a pid.
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
    for process in psutil.process_iter(["environ"]):  # None if we may not read it
        if process.pid not in mine and (process.info["environ"] or {}).get(MARK) == mark:
            found.append(process)
    return found


def _still_alive(found: list[psutil.Process], seconds: float) -> list[psutil.Process]:
    """Return the processes that still run after this many seconds. Return sooner if none does.

    A zombie counts as dead: in some containers process 1 reaps nothing, so an orphan stays a zombie.
    """
    deadline = time.monotonic() + seconds
    while (alive := [process for process in found if is_alive(process.pid)]) and time.monotonic() < deadline:
        time.sleep(0.02)
    return alive


def is_alive(pid: int) -> bool:
    """Return whether a process runs. A zombie does not."""
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def _quietly(act: Callable[[], None]) -> None:
    try:
        act()
    except psutil.NoSuchProcess:
        return
