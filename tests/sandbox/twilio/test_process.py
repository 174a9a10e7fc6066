"""The pretend Twilio as a process: its address, and when it refuses to start."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import requests

ROOT = Path(__file__).parents[3]
NEEDED = {
    "MONGODB_URI": "mongodb://127.0.0.1:1",
    "REDIS_URL": "redis://127.0.0.1:1",
    "API_KEY": "a-key-for-the-tests",
    "SECRET_KEY": "a-secret-for-the-tests",
    "SANDBOX": "1",
    "SANDBOX_AUTH_TOKEN": "its-own-long-token",
}


def start(directory: Path, **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "sandbox.twilio"],
        cwd=directory,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)} | NEEDED | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


def test_process_serves_until_sigterm(tmp_path: Path) -> None:
    port = free_port()
    process = start(tmp_path, SANDBOX_PORT=str(port))
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == f"The pretend Twilio listens on http://127.0.0.1:{port}\n"
        url = f"http://127.0.0.1:{port}/2010-04-01/Accounts/{'AC' + '5a' * 16}/Messages.json"
        assert requests.get(url, auth=("AC" + "5a" * 16, "its-own-long-token"), timeout=5).status_code == 200
    finally:
        process.terminate()
        _, errors = process.communicate(timeout=10)
    assert (process.returncode, errors) == (0, "")


@pytest.mark.parametrize(
    ("environment", "word"),
    [
        pytest.param(
            {
                "SANDBOX": "",
                "TWILIO_ACCOUNT_SID": "AC" + "1" * 32,
                "TWILIO_AUTH_TOKEN": "a-real-token-for-tests",
                "PUBLIC_BASE_URL": "https://desk.example.com",
            },
            "TWILIO_ACCOUNT_SID",
            id="real account",
        ),
        pytest.param({"SANDBOX_PORT": "many"}, "SANDBOX_PORT", id="wrong setting"),
        pytest.param({}, "SANDBOX_PORT", id="busy port"),
    ],
)
def test_process_that_cannot_start_prints_one_line(tmp_path: Path, environment: dict[str, str], word: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as busy:
        process = start(tmp_path, **{"SANDBOX_PORT": str(busy.getsockname()[1])} | environment)
        output, errors = process.communicate(timeout=10)
    assert process.returncode == 1
    assert output == ""
    assert len(errors.splitlines()) == 1
    assert word in errors
