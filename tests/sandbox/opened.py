"""A desk started as a real process, with small Python programs in place of the product."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from sandbox import embedded, processes

ROOT = Path(__file__).parents[2]
SLEEP = "import time; time.sleep(600)"


class Opened:
    """A desk process and its output.

    A child named "web" is up when /health answers 200, one named "late" when the file `late.up` exists.
    """

    def __init__(self, home: Path, children: dict[str, str], grace: float = 0.3, **changes: str) -> None:
        self.home = home
        home.mkdir(exist_ok=True)
        answers = {
            "web": "lambda _: roster.web_trouble(settings()) is None",
            "late": "lambda _: pathlib.Path('late.up').exists()",
        }
        made = ", ".join(
            f"Child({name!r}, [sys.executable, '-c', {code!r}], answers={answers.get(name)})"
            for name, code in children.items()
        )
        script = "import pathlib, sys; from config.settings import settings; from sandbox import desk, roster; "
        script += "from sandbox.supervision import Child; "
        script += f"desk.main(lambda _: [{made}], grace={grace})"
        with (home / "out").open("wb") as out, (home / "err").open("wb") as err:
            self.process = subprocess.Popen(
                [sys.executable, "-c", script],
                cwd=home,
                stdout=out,
                stderr=err,
                env=environment(**changes),
                preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_DFL),  # under nohup, SIGHUP is ignored
            )

    def out(self) -> str:
        return (self.home / "out").read_text()

    def err(self) -> str:
        return (self.home / "err").read_text()

    def until(self, said: str | Callable[[str], bool], seconds: float = 20) -> str:
        """Wait until the desk's output contains a text or passes a check; return the output."""
        found = said if callable(said) else lambda text: said in text
        deadline = time.monotonic() + seconds
        while not found(self.out()):
            assert time.monotonic() < deadline, f"waited for {said}; said: {self.out()} {self.err()}"
            assert self.process.poll() is None or found(self.out()), f"ended; said: {self.out()} {self.err()}"
            time.sleep(0.02)
        return self.out()

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(20)

    def marked(self) -> list[psutil.Process]:
        return processes._marked(self.home / "data")


def environment(**changes: str) -> dict[str, str]:
    """Return the environment that a desk without embedded stores needs, and nothing else, on free ports."""
    ports = {name: str(embedded.free_port()) for name in ("PORT", "SANDBOX_PORT", "FLOWER_PORT")}
    stores = {"MONGODB_URI": "mongodb://127.0.0.1:1", "REDIS_URL": "redis://127.0.0.1:1"}
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "DATA_DIR": "data",
        **ports,
        **stores,
        **changes,
    }


def printed(process: subprocess.Popen[bytes], output: Path, text: str) -> str:
    """Return the output of a desk once it contains `text`, else an empty string. Fail if the desk has ended."""
    found = output.read_text()
    assert text in found or process.poll() is None, f"the desk has ended: {found[-2000:]}"
    return found if text in found else ""


@contextmanager
def a_whole_desk(module: str, output: Path, **changes: str) -> Iterator[subprocess.Popen[bytes]]:
    """Start a whole desk by its module, as make does, on free ports; stop it at the end if it still runs."""
    with output.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", module], cwd=ROOT, env=environment(**changes), stdout=out, stderr=out
        )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            process.wait(60)
