"""Supervise processes: print their output line by line, restart those that die, stop them in order."""

import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from sandbox import processes

#: Seconds between the death of a child and its next start: 1, 2, 4 … this.
LONGEST_WAIT = 30
#: Seconds after which a child counts as recovered. After its next death the wait is 1 s again.
RECOVERED_AFTER = 60
#: Seconds that each stage has to end. A worker's longest task takes less, even if Twilio does not answer.
GRACE = 35
_TICK = 0.1
_LONGEST_LINE = 1_000_000


@dataclass
class Child:
    """A process to keep running.

    Stages start one after the other and stop in reverse order. `answers` takes the pid and returns whether the child is
    ready; None counts as ready. The output goes to the file `log`, or to the desk's own output if `log` is None.
    """

    name: str
    command: Sequence[str]
    stage: int = 1
    answers: Callable[[int], bool] | None = None
    log: Path | None = None
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)
    answered: subprocess.Popen[bytes] | None = field(default=None, init=False)
    deaths: int = field(default=0, init=False)
    started_at: float = field(default=0.0, init=False)
    due_at: float = field(default=0.0, init=False)
    unfinished_line: bytes = field(default=b"", init=False)

    def is_up(self) -> bool:
        """Return whether the child runs and has answered. A process that has answered is not asked again."""
        process = self.process  # another thread may replace it
        if process and self.answered is not process and (self.answers is None or self.answers(process.pid)):
            self.answered = process
        return process is not None and self.answered is process


class Supervisor:
    """Start children, print their output, restart those that die, stop them all.

    Only one thread may use a supervisor, except for `first_not_up`. Call `tick` often.
    """

    def __init__(self, children: Sequence[Child], grace: float = GRACE) -> None:
        self.children = children
        self.grace = grace
        self.stopping = False
        self.hurried = False
        self._width = max(len("desk"), *(len(child.name) for child in children))
        self._selector = selectors.DefaultSelector()

    def handle_signals(self) -> None:
        """Stop at Ctrl-C, SIGTERM or a closed terminal. A second signal kills without waiting."""
        signal.signal(signal.SIGINT, self._stop_soon)
        signal.signal(signal.SIGTERM, self._stop_soon)
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # ignored under nohup
            signal.signal(signal.SIGHUP, self._stop_soon)

    def start(self, stage: int) -> None:
        """Start the children of a stage."""
        for child in self._of(stage):
            self._start(child)

    def first_not_up(self, stage: int) -> Child | None:
        """Return the first child of a stage that is not up. Return None if all are up."""
        return next((child for child in self._of(stage) if not child.is_up()), None)

    def tick(self) -> None:
        """Print what children write within 0.1 s. Restart the children that died, each after its wait."""
        self._forward_output(_TICK)
        for child in self.children:
            if child.process is not None and child.process.poll() is not None:
                self._note_death(child)
            elif child.process is None and child.deaths and not self.stopping and time.monotonic() >= child.due_at:
                self._start(child)

    def stop(self) -> None:
        """Stop every stage, starting with the last."""
        self.stopping = True
        for stage in sorted({child.stage for child in self.children}, reverse=True):
            self._stop(stage)

    def print_line(self, name: str, line: str) -> None:
        """Print a line with the time and the name of the process that wrote it."""
        self.print_text(f"{datetime.now().astimezone():%H:%M:%S} {name:<{self._width}} | {line}")

    def print_text(self, text: str) -> None:
        """Print a text without a time and a name. Stop if the output is closed."""
        try:
            print(text, flush=True)
        except OSError:  # the reader is gone (`make run | head`): stop and print no more
            self.stopping = True
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

    def _stop_soon(self, *_: object) -> None:
        self.hurried = self.stopping
        self.stopping = True

    def _of(self, stage: int) -> list[Child]:
        return [child for child in self.children if child.stage == stage]

    def _start(self, child: Child) -> None:
        child.started_at = time.monotonic()
        if child.log is not None:
            with child.log.open("ab" if child.deaths else "wb") as log:
                child.process = processes.spawn(child.command, log)
            return
        child.process = processes.spawn(child.command, subprocess.PIPE)
        assert child.process.stdout is not None
        os.set_blocking(child.process.stdout.fileno(), False)
        self._selector.register(child.process.stdout, selectors.EVENT_READ, child)

    def _forward_output(self, seconds: float) -> None:
        if not self._selector.get_map():
            time.sleep(seconds)
        for key, _ in self._selector.select(seconds):
            if not self._read(key.data):
                self._selector.unregister(key.fileobj)

    def _read(self, child: Child) -> bool:
        """Print the complete lines among a child's new output. Return False at the end of its output."""
        assert child.process is not None
        assert child.process.stdout is not None
        chunk = os.read(child.process.stdout.fileno(), 65_536)
        *lines, rest = (child.unfinished_line + chunk).split(b"\n")
        if rest and (not chunk or len(rest) > _LONGEST_LINE):
            lines, rest = [*lines, rest], b""
        child.unfinished_line = rest
        for line in lines:
            self.print_line(child.name, line.decode(errors="replace").rstrip("\r"))
        return bool(chunk)

    def _note_death(self, child: Child) -> None:
        assert child.process is not None
        processes.kill_group(child.process.pid)  # its own children may still listen on its port
        self._close(child)
        code = child.process.returncode
        child.process = None
        if self.stopping:
            return
        child.deaths = 1 if time.monotonic() - child.started_at > RECOVERED_AFTER else child.deaths + 1
        wait = wait_after(child.deaths)
        child.due_at = time.monotonic() + wait
        self.print_line("desk", f"{child.name} ended ({_cause(code)}); starting it again in {wait} s")

    def _close(self, child: Child) -> None:
        """Print a dead child's last lines and close its output."""
        pipe = child.process.stdout if child.process else None
        if pipe is None:
            return
        with suppress(BlockingIOError):
            while self._read(child):
                pass
        if pipe in self._selector.get_map():
            self._selector.unregister(pipe)
        pipe.close()

    def _stop(self, stage: int) -> None:
        for child in self._of(stage):
            if child.process is not None:
                child.process.terminate()
        deadline = time.monotonic() + self.grace
        while any(child.process for child in self._of(stage)):
            if self.hurried or time.monotonic() > deadline:
                self._kill(stage)
            self.tick()

    def _kill(self, stage: int) -> None:
        for child in self._of(stage):
            if child.process is not None:
                self.print_line("desk", f"{child.name} did not end in time: killed")
                child.process.kill()


def wait_after(deaths: int) -> int:
    """Return the seconds before the next start of a child that died this many times in a row."""
    return LONGEST_WAIT if deaths > 5 else 2 ** (deaths - 1)


def _cause(code: int) -> str:
    return f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit {code}"
