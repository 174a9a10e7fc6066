"""The desk opens, greets, keeps its secrets, and says in one line why it can't open."""

import json
import shlex
import socket
import stat
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from sandbox import desk, embedded
from tests.sandbox.opened import ROOT, SLEEP, Opened


def test_it_greets_when_the_api_is_healthy(opened: Callable[..., Opened], tmp_path: Path) -> None:
    port = str(embedded.free_port())
    late = f"import time, runpy, sys; time.sleep(.5); sys.argv = ['http.server', '{port}', '--bind', '127.0.0.1']; "
    one = opened({"web": late + "runpy.run_module('http.server', run_name='__main__')"}, PORT=port, API_KEY="it's mine")
    assert "ready in" not in one.out()
    (tmp_path / "health").touch()
    curls = [shlex.split(line) for line in one.until("Ctrl-C stops").splitlines() if line.startswith("curl ")]
    agent, job = (json.loads(curl[-1]) for curl in curls)
    assert [curl[2] for curl in curls] == [f"http://127.0.0.1:{port}/api/agents/", f"http://127.0.0.1:{port}/api/jobs/"]
    assert all("Authorization: Bearer it's mine" in curl for curl in curls)
    assert agent["phone"].startswith("+")
    assert job["inspection_date"] == str((datetime.now(ZoneInfo("Africa/Lagos")) + timedelta(days=1)).date())


def test_secrets_are_made_once_and_private(opened: Callable[..., Opened], tmp_path: Path) -> None:
    show = f"import os; print('key', os.environ['API_KEY'], os.environ['SECRET_KEY']); {SLEEP}"
    keys = []
    for _ in range(2):
        one = opened({"core": show})
        keys.append(one.until("| key").split("| key ")[1].splitlines()[0])
        one.end()
    assert keys[0] == keys[1]
    assert len(set(keys[0].split())) == 2
    kept = [tmp_path / name for name in ("data", "data/desk.json", "data/desk.env")]
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in kept}
    assert modes == {"data": 0o700, "desk.json": 0o600, "desk.env": 0o600}


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        pytest.param({"PORT": "many"}, "Wrong setting: PORT is invalid: Not a valid integer.", id="wrong setting"),
        pytest.param({"PORT": "{taken}"}, "Can't listen on 127.0.0.1:{taken}: Address already in use", id="busy PORT"),
        pytest.param({"SANDBOX_PORT": "{taken}"}, "Free it, or set SANDBOX_PORT", id="busy SANDBOX_PORT"),
        pytest.param({"HOST": "203.0.113.9"}, "Can't listen on 203.0.113.9", id="address of another machine"),
        pytest.param({"PORT": "{free}", "FLOWER_PORT": "{free}"}, "PORT and FLOWER_PORT are both", id="one port twice"),
        pytest.param({"DATA_DIR": "out"}, "DATA_DIR out can't be used: Not a directory", id="data dir is a file"),
        pytest.param({"REDIS_URL": "", "DATA_DIR": "damaged"}, "redis ended", id="a store that can't start"),
    ],
)
def test_what_keeps_it_from_opening_is_one_line(
    opened: Callable[..., Opened], tmp_path: Path, changes: dict[str, str], line: str
) -> None:
    (tmp_path / "damaged/redis").mkdir(parents=True)
    (tmp_path / "damaged/redis/appendonly.aof").write_text("not an append-only file")
    with socket.create_server(("127.0.0.1", 0)) as foreign:
        ports = {"taken": foreign.getsockname()[1], "free": embedded.free_port()}
        one = opened(**{name: value.format(**ports) for name, value in changes.items()})
        assert one.process.wait(20) == 1
    assert line.format(**ports) in one.err()
    assert len(one.err().splitlines()) == 1
    assert one.marked() == []


def test_a_second_desk_on_the_same_data_is_refused(opened: Callable[..., Opened]) -> None:
    one = opened({"core": f"print('here'); {SLEEP}"})
    one.until("here")
    two = opened()
    assert two.process.wait(20) == 1
    assert f"Another desk (process {one.process.pid}) runs on data" in two.err()
    assert one.process.poll() is None


def test_a_missing_library_is_named() -> None:
    bare = [sys.executable, "-S", "-m", "sandbox"]
    ended = subprocess.run(bare, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert ended.stderr.startswith("Missing library: ")
    assert len(ended.stderr.splitlines()) == 1


def test_a_missing_library_of_the_product_is_named(tmp_path: Path) -> None:
    (tmp_path / "pins.txt").write_text(
        "# pins\nredis==8.1.0\nabsent==1 ; python_version < '3'\nlacking==2.0\n    # via x\n"
    )
    with pytest.raises(SystemExit, match="Missing library: lacking"):
        desk._refuse_missing_libraries(tmp_path / "pins.txt")
