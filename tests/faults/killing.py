"""Killing a piece of work in a process of its own, just before one of its commands to MongoDB."""

import os
import signal
from collections.abc import Callable
from typing import Any

from dispatch import stores
from tests.faults.database import Faults


def dies_at(command: int, work: Callable[..., Any], *args: Any) -> bool:
    """Do the work in a forked process that is killed before its nth command; tell whether it was."""
    process = os.fork()
    if process == 0:
        code = 1
        try:
            os.environ["FAULT_KILL"] = f"any:{command}:"
            stores.disconnect()
            stores.connect(listeners=[Faults()])
            work(*args)
            code = 0
        finally:
            os._exit(code)
    _, status = os.waitpid(process, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0, f"the work failed by itself at {command}: {status}"
    return os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
