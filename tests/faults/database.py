"""A listener on MongoDB's driver that pauses before commands, or kills its process at one.

Environment: FAULT_PAUSE_MS=30 pauses up to so long before one command in ten, at random;
FAULT_KILL="update:3:/some/file" sends SIGKILL to the process before its third `update`, once for that file;
with FAULT_KILL_ABOUT="65f0…" only commands count in which that stands.
"""

import os
import random
import signal
import threading
import time
from pathlib import Path

from pymongo import monitoring

#: A few long pauses change the order of steps of several processes more than many short ones.
PAUSED_SHARE = 0.1


class Faults(monitoring.CommandListener):
    """Pauses and kills as the environment says."""

    def __init__(self) -> None:
        self.pause = float(os.environ.get("FAULT_PAUSE_MS", "0")) / 1000
        name, count, once = (os.environ.get("FAULT_KILL", "") + "::").split(":")[:3]
        self.command, self.left, self.once = name, int(count or 0), Path(once) if once else None
        self.about = os.environ.get("FAULT_KILL_ABOUT", "")
        self.random = random.Random()
        self.lock = threading.Lock()

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        """Record a command. The driver calls this before each command."""
        if self.pause and self.random.random() < PAUSED_SHARE:
            time.sleep(self.random.uniform(0, self.pause))
        if self.command in (event.command_name, "any") and (not self.about or self.about in str(event.command)):
            with self.lock:
                self.left -= 1
                if self.left == 0 and not (self.once and self.once.exists()):
                    if self.once:
                        self.once.touch()
                    os.kill(os.getpid(), signal.SIGKILL)

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        """Do nothing."""

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        """Do nothing."""


def install() -> None:
    """Listen to every client that this process will make."""
    monitoring.register(Faults())
