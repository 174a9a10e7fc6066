"""The desk starts, prints its banner last, keeps its secrets, and prints one line if it can't start."""

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

from sandbox import desk, embedded, roster
from sandbox.supervision import Child, Supervisor
from tests.sandbox.opened import ROOT, SLEEP, Opened

#: Starts after half a second and serves its working directory, so that /health is 200 once that file exists.
LATE_WEB = "import time, runpy, sys; time.sleep(.5); sys.argv = ['http.server', '{port}', '--bind', '127.0.0.1']; "
LATE_WEB += "runpy.run_module('http.server', run_name='__main__')"


def test_banner_is_printed_when_the_api_is_healthy(opened: Callable[..., Opened], tmp_path: Path) -> None:
    port = str(embedded.free_port())
    one = opened({"web": LATE_WEB.format(port=port)}, PORT=port, API_KEY="it's-mine-and-long")
    assert "ready in" not in one.out()
    (tmp_path / "health").touch()
    curls = [shlex.split(line) for line in one.until("Ctrl-C stops").splitlines() if line.startswith("curl ")]
    agent, job = (json.loads(curl[-1]) for curl in curls)
    assert [curl[2] for curl in curls] == [f"http://127.0.0.1:{port}/api/agents/", f"http://127.0.0.1:{port}/api/jobs/"]
    assert all("Authorization: Bearer it's-mine-and-long" in curl for curl in curls)
    assert agent["phone"].startswith("+")
    assert job["inspection_date"] == str((datetime.now(ZoneInfo("Africa/Lagos")) + timedelta(days=1)).date())


def test_banner_begins_with_the_phones_page_and_load_sample_data(opened: Callable[..., Opened]) -> None:
    port = str(embedded.free_port())
    banner = opened(SANDBOX_PORT=port).until("Ctrl-C stops").partition("ready in")[2].splitlines()
    first = next(line for line in banner[1:] if line)
    assert first == f"First: open the phones page http://127.0.0.1:{port} and press Load sample data."


def test_banner_with_a_real_account_names_no_phones_page(opened: Callable[..., Opened]) -> None:
    real = {"TWILIO_ACCOUNT_SID": "AC" + "1" * 32, "TWILIO_AUTH_TOKEN": "a-real-token-of-ours"}
    real["PUBLIC_BASE_URL"] = "https://desk.example.com"
    banner = opened(**real).until("Ctrl-C stops").partition("ready in")[2]
    assert "phones page" not in banner
    assert "go to Twilio" in banner


def test_banner_waits_for_the_process_that_starts_last(opened: Callable[..., Opened], tmp_path: Path) -> None:
    port = str(embedded.free_port())
    (tmp_path / "health").touch()
    late = "import pathlib, time; go, up = pathlib.Path('go'), pathlib.Path('late.up')\n"
    late += f"while not go.exists(): time.sleep(0.02)\nprint('started', flush=True); up.touch(); {SLEEP}"
    one = opened({"web": LATE_WEB.format(port=port), "late": late}, PORT=port)
    one.until('"GET /health HTTP/1.1" 200')
    (tmp_path / "go").touch()
    before, _, banner = one.until("Ctrl-C stops everything.").partition("ready in")
    assert "late | started" in before
    assert banner.rstrip().endswith("Ctrl-C stops everything.")


def supervised(tmp_path: Path, code: str) -> Supervisor:
    """Return a supervisor of a store that runs this code and answers when the file `ready` exists."""
    store = Child(
        "mongodb",
        [sys.executable, "-c", code],
        roster.STORES,
        lambda _: (tmp_path / "ready").exists(),
        tmp_path / "log",
    )
    return Supervisor([store], grace=5)


def test_desk_waits_for_a_slow_store_and_names_its_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(desk, "PATIENCE", 0)
    supervisor = supervised(tmp_path, SLEEP)
    printed: list[str] = []
    show = supervisor.print_line

    def becomes_ready_after_three_lines(name: str, line: str) -> None:
        show(name, line)
        printed.append(line)
        if len(printed) == 3:
            (tmp_path / "ready").touch()

    monkeypatch.setattr(supervisor, "print_line", becomes_ready_after_three_lines)
    try:
        desk._start(supervisor)
    finally:
        supervisor.stop()
    assert set(printed) == {f"still starting: mongodb does not answer yet (its log: {tmp_path / 'log'})"}
    assert "desk    | still starting: mongodb" in capsys.readouterr().out


def test_desk_ends_with_the_path_of_the_log_when_a_store_dies_at_its_start(tmp_path: Path) -> None:
    supervisor = supervised(tmp_path, "import sys; sys.exit('no space left on device')")
    with pytest.raises(desk.DeskError) as ended:
        desk._start(supervisor)
    supervisor.stop()
    assert str(ended.value) == f"mongodb ended: no space left on device (its log: {tmp_path / 'log'})"


def test_desk_env_has_every_port_that_a_command_needs(opened: Callable[..., Opened], tmp_path: Path) -> None:
    changes = {"HOST": "127.0.0.2", "MONGODB_DB_NAME": "mine", "SANDBOX_AUTH_TOKEN": "another-token-of-ours"}
    changes |= {name: str(embedded.free_port()) for name in ("PORT", "SANDBOX_PORT", "FLOWER_PORT")}
    opened(**changes).until("Ctrl-C stops")
    show = "import json; from config.settings import settings as s; import dataclasses as d; "
    show += "print(json.dumps(d.asdict(s()), default=str))"
    command = f". {shlex.quote(str(tmp_path / 'data/desk.env'))}; exec {sys.executable} -c {shlex.quote(show)}"
    read = subprocess.run(
        ["bash", "-c", command], env={"PYTHONPATH": str(ROOT)}, cwd=tmp_path, capture_output=True, check=True, text=True
    )
    found = json.loads(read.stdout)
    web, twilio = found["web"], found["twilio"]
    assert {
        "HOST": web["host"],
        "PORT": str(web["port"]),
        "SANDBOX_PORT": str(found["sandbox"]["port"]),
        "FLOWER_PORT": str(found["operations"]["flower_port"]),
        "MONGODB_DB_NAME": found["stores"]["mongodb_db_name"],
        "SANDBOX_AUTH_TOKEN": twilio["auth_token"],
    } == changes
    assert twilio["api_base_url"] == f"http://127.0.0.1:{changes['SANDBOX_PORT']}"
    assert web["public_base_url"] == f"http://127.0.0.1:{changes['PORT']}"


def test_settings_of_the_env_file_are_used_instead_of_own_ones(opened: Callable[..., Opened], tmp_path: Path) -> None:
    (tmp_path / "key").write_text("a-key-of-a-file-long-enough")
    (tmp_path / ".env").write_text(
        "API_KEY_FILE=key\nSECRET_KEY=a-secret-of-the-env-file\nSANDBOX_AUTH_TOKEN=a-token-of-the-env-file\n"
        "TWILIO_ACCOUNT_SID=\n"
    )
    opened().until("Ctrl-C stops")
    variables = (tmp_path / "data/desk.env").read_text()
    for value in ("a-key-of-a-file-long-enough", "a-secret-of-the-env-file", "a-token-of-the-env-file"):
        assert value in variables


def test_desk_uses_the_account_of_the_env_file(opened: Callable[..., Opened], tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(
        f"TWILIO_ACCOUNT_SID=AC{'1' * 32}\nTWILIO_AUTH_TOKEN=a-real-token-of-ours\n"
        "PUBLIC_BASE_URL=https://desk.example.com\n"
    )
    assert "go to Twilio" in opened().until("Ctrl-C stops")
    assert "SANDBOX=" not in (tmp_path / "data/desk.env").read_text()


def test_weak_secret_of_the_env_file_stops_the_desk(opened: Callable[..., Opened], tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("API_KEY=change-me\n")
    one = opened()
    assert one.process.wait(20) == 1
    assert "API_KEY is invalid: Must not be the example value" in one.err()


def test_secrets_are_created_once_and_readable_by_the_owner_only(opened: Callable[..., Opened], tmp_path: Path) -> None:
    names = ("API_KEY", "SECRET_KEY", "SANDBOX_AUTH_TOKEN")
    show = f"import os; print('key', *map(os.environ.get, {names})); {SLEEP}"
    keys = []
    for _ in range(2):
        one = opened({"core": show})
        keys.append(one.until("| key").split("| key ")[1].splitlines()[0])
        one.end()
    assert keys[0] == keys[1]
    assert len(set(keys[0].split()) - {"None"}) == 3
    kept = [tmp_path / name for name in ("data", "data/desk.json", "data/desk.env")]
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in kept}
    assert modes == {"data": 0o700, "desk.json": 0o600, "desk.env": 0o600}


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        pytest.param({"PORT": "many"}, "Wrong setting: PORT is invalid: Not a valid integer.", id="wrong setting"),
        pytest.param({"PORT": "{taken}"}, "Can't listen on 127.0.0.1:{taken}: Address already in use", id="busy PORT"),
        pytest.param({"SANDBOX_PORT": "{taken}"}, "Free it, or set SANDBOX_PORT", id="busy SANDBOX_PORT"),
        pytest.param({"HOST": "127.0.0.9", "PORT": "{taken_there}"}, "Can't listen on 127.0.0.9", id="another address"),
        pytest.param({"HOST": "0.0.0.0"}, "HOST is invalid: Must be 127.0.0.1", id="sandbox on every address"),
        pytest.param({"PORT": "{free}", "FLOWER_PORT": "{free}"}, "PORT and FLOWER_PORT are both", id="one port twice"),
        pytest.param({"DATA_DIR": "out"}, "DATA_DIR out can't be used: Not a directory", id="data dir is a file"),
        pytest.param({"REDIS_URL": "", "DATA_DIR": "damaged"}, "redis ended", id="a store that can't start"),
    ],
)
def test_desk_that_cannot_start_prints_one_line(
    opened: Callable[..., Opened], tmp_path: Path, changes: dict[str, str], line: str
) -> None:
    (tmp_path / "damaged/redis").mkdir(parents=True)
    (tmp_path / "damaged/redis/appendonly.aof").write_text("not an append-only file")
    with socket.create_server(("127.0.0.1", 0)) as foreign, socket.create_server(("127.0.0.9", 0)) as there:
        ports = {"taken": foreign.getsockname()[1], "taken_there": there.getsockname()[1]}
        ports["free"] = embedded.free_port()
        one = opened(**{name: value.format(**ports) for name, value in changes.items()})
        assert one.process.wait(20) == 1
    assert line.format(**ports) in one.err()
    assert len(one.err().splitlines()) == 1
    assert one.marked() == []


def test_second_desk_on_the_same_data_directory_is_refused(opened: Callable[..., Opened]) -> None:
    one = opened({"core": f"print('here'); {SLEEP}"})
    one.until("here")
    two = opened()
    assert two.process.wait(20) == 1
    assert f"Another desk (process {one.process.pid}) runs on data" in two.err()
    assert one.process.poll() is None


def test_missing_library_of_the_sandbox_is_named() -> None:
    bare = [sys.executable, "-S", "-m", "sandbox"]
    ended = subprocess.run(bare, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert ended.stderr.startswith("Missing library: ")
    assert len(ended.stderr.splitlines()) == 1


def test_missing_library_of_the_product_is_named(tmp_path: Path) -> None:
    (tmp_path / "pins.txt").write_text(
        "# pins\nredis==8.1.0 \\\n    --hash=sha256:12 \\\n    --hash=sha256:34\n    # via x\n"
        "absent==1 ; python_version < '3' \\\n    --hash=sha256:56\nlacking==2.0 \\\n    --hash=sha256:78\n"
    )
    with pytest.raises(SystemExit, match="Missing library: lacking"):
        desk._refuse_missing_libraries(tmp_path / "pins.txt")
