"""The desk restarts children that end, and ends all of them when it ends itself, even if it is killed."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from sandbox import embedded, processes
from sandbox.supervision import wait_after
from tests.sandbox.opened import SLEEP, Opened

#: A program that ignores SIGTERM in its own session, like an escaped grandchild.
STUBBORN = (
    "import os, signal, time; os.fork() and os._exit(0); os.setsid(); signal.signal(signal.SIGTERM, signal.SIG_IGN); "
    "print('stubborn', os.getpid(), flush=True); time.sleep(600)"
)
PARENT = f"import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', {STUBBORN!r}]); time.sleep(600)"


def test_child_that_exits_is_restarted_and_reported(opened: Callable[..., Opened]) -> None:
    said = opened({"flaky": "import sys; print('born'); sys.exit(3)"}).until("again in 2 s")
    lines = re.findall(r"^\d\d:\d\d:\d\d (.*)", said, re.MULTILINE)  # without the banner
    death = "desk  | flaky ended (exit 3); starting it again in"
    assert lines == ["flaky | born", f"{death} 1 s", "flaky | born", f"{death} 2 s"]


def test_waits_between_restarts_double_up_to_half_a_minute() -> None:
    assert [wait_after(deaths) for deaths in range(1, 9)] == [1, 2, 4, 8, 16, 30, 30, 30]


def test_killed_child_is_restarted(opened: Callable[..., Opened]) -> None:
    one = opened({"core": f"import os; print('pid', os.getpid()); {SLEEP}"})
    first = int(one.until("| pid").split("| pid ")[1].split()[0])
    os.kill(first, signal.SIGKILL)
    said = one.until(lambda text: text.count("| pid") == 2)
    assert "core ended (killed by SIGKILL); starting it again in 1 s" in said
    assert processes.is_alive(int(said.split("| pid ")[2].split()[0]))


def test_processes_of_a_dead_child_are_killed_before_its_next_start(opened: Callable[..., Opened]) -> None:
    heir = "import os, time; heir = os.fork(); heir and (print('heir', heir, flush=True), os._exit(1)); time.sleep(600)"
    said = opened({"web": heir}).until("again in 1 s")
    deadline = time.monotonic() + 5
    while processes.is_alive(int(said.split("| heir ")[1].split()[0])):  # it takes a moment to end
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_signal_ends_the_desk_and_all_its_processes(opened: Callable[..., Opened], number: signal.Signals) -> None:
    one = opened({"core": PARENT, "beat": SLEEP})
    one.until("stubborn")
    assert len(one.marked()) == 3
    assert one.end(number) == 0
    assert one.marked() == []
    assert "nothing is left running" in one.out()


def test_second_ctrl_c_ends_the_desk_at_once(opened: Callable[..., Opened]) -> None:
    deaf = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf'); {SLEEP}"
    one = opened({"core": deaf}, grace=30)
    one.until("deaf")
    one.process.send_signal(signal.SIGINT)
    one.until("stopping")
    began = time.monotonic()
    assert one.end(signal.SIGINT) == 0
    assert time.monotonic() - began < 10
    assert "core did not end in time: killed" in one.out()


def test_children_of_a_killed_desk_end_with_it(opened: Callable[..., Opened]) -> None:
    one = opened({"core": f"print('here'); {SLEEP}"})
    one.until("here")
    children = one.marked()
    one.process.kill()
    assert processes._still_alive(children, 10) == []


def test_next_desk_stops_the_processes_of_a_killed_one(opened: Callable[..., Opened]) -> None:
    one = opened({"core": PARENT})
    left = int(one.until("stubborn").split("stubborn ")[1].split()[0])
    one.process.kill()
    one.process.wait()
    two = opened()
    two.until("earlier desk left behind")
    assert not processes.is_alive(left)
    two.end()


def test_only_marked_processes_are_stopped(tmp_path: Path) -> None:
    environment = {**os.environ, processes.MARK: str(tmp_path / "of another")}
    with subprocess.Popen([sys.executable, "-c", SLEEP], env=environment) as foreign:
        assert processes.stop_marked(tmp_path / "data", 1) == 0
        assert foreign.poll() is None
        foreign.kill()


def test_stores_start_first_are_restarted_and_stop_last(opened: Callable[..., Opened]) -> None:
    user = (
        "import os, redis, signal, sys, time; there = redis.Redis.from_url(os.environ['REDIS_URL']); "
        "print('found', there.set('a', 1), os.environ['REDIS_URL']); "
        "signal.signal(signal.SIGTERM, lambda *_: sys.exit(print('last look', there.ping()))); time.sleep(600)"
    )
    one = opened({"core": user}, REDIS_URL="")
    url = one.until("found True").split("found True ")[1].split()[0]
    [store] = [process for process in one.marked() if process.name().endswith("-server")]
    store.kill()
    one.until("redis ended (killed by SIGKILL)")
    deadline = time.monotonic() + 5
    while embedded.is_free(int(url.split(":")[2].split("/")[0])):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert one.end() == 0
    assert "last look True" in one.out()
    assert one.marked() == []
