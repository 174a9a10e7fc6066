"""`make run` for real: the whole desk, the printed curl commands, the README's steps, and a clean end."""

import json
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import requests

from tests.sandbox.opened import ROOT, a_whole_desk, printed
from tests.waiting import until


@pytest.fixture
def output(tmp_path: Path) -> Path:
    """The output of the desk."""
    return tmp_path / "output"


@pytest.fixture
def desk(tmp_path: Path, output: Path) -> Iterator[subprocess.Popen[bytes]]:
    """The desk as `make run` starts it, on free ports and with its own data directory."""
    changes = {"MONGODB_URI": "", "REDIS_URL": "", "DATA_DIR": str(tmp_path / "data"), "LOG_LEVEL": "INFO"}
    with a_whole_desk("sandbox", output, **changes) as process:
        yield process


def follow_the_readme(facts: dict[str, str], kept: str) -> None:
    """Paste the blocks of README's first inspection one after the other, with this desk's ports and key."""
    section = (ROOT / "README.md").read_text().split("## The first inspection")[1].split("\n## ")[0]
    addresses = {"http://127.0.0.1:8000": facts["API"], "http://127.0.0.1:8100": facts["pretend Twilio"]}
    for documented, actual in ({".data/desk.env": kept} | addresses).items():
        assert documented in section
        section = section.replace(documented, actual)
    blocks = re.findall(r"```bash\n(.*?)```", section, re.DOTALL)
    messages, zainab = f"{facts['pretend Twilio']}/sandbox/messages", {"phone": "+2348030000009"}
    steps = [
        (r'"status": ?"pending"', "New inspection"),
        ("New inspection", "New inspection"),
        (r'"webhook_status": ?204', "is yours!"),
        (r'"webhook_status": ?204', "is confirmed"),
        (r'"status": ?"approved"', "is confirmed"),
    ]
    for block, (answer, text) in zip(blocks, steps, strict=True):
        ran = subprocess.run(["bash", "-ec", f". {kept}\n{block}"], capture_output=True, text=True, check=True)
        assert re.search(answer, ran.stdout), (block, ran)
        until(lambda text=text: text in requests.get(messages, params=zainab, timeout=5).text, 20, text)


def test_make_run_starts_a_working_desk(desk: subprocess.Popen[bytes], output: Path) -> None:
    greeting = until(lambda: printed(desk, output, "Ctrl-C stops everything"), 90, "the banner")
    assert "Load sample data" in greeting.partition("ready in")[2].splitlines()[2]
    assert "superuser privileges" not in greeting
    curls = [line for line in greeting.splitlines() if line.startswith("curl ")]
    answers = [subprocess.run(shlex.split(curl), capture_output=True, text=True, check=True).stdout for curl in curls]
    assert all('"id":' in answer for answer in answers), answers

    facts = dict(re.findall(r"^  (API key|API|pretend Twilio) +(\S+)", greeting, re.MULTILINE))
    ada = "+2348030000001"

    def told() -> str:
        """Return all messages to Ada."""
        answer = requests.get(f"{facts['pretend Twilio']}/sandbox/messages", params={"phone": ada}, timeout=5)
        return " ".join(message["text"] for message in answer.json() if message["direction"] == "outbound")

    for asked, words in (("New inspection", "Yes please!"), ("is yours!", "confirm"), ("is confirmed", "done")):
        until(lambda asked=asked: asked in told(), 20, asked)
        body = {"from": ada, "text": words}
        requests.post(f"{facts['pretend Twilio']}/sandbox/say", json=body, timeout=5).raise_for_status()
    until(lambda: "is not due yet" in told(), 20, "the answer to a completion days before the visit")
    jobs = requests.get(f"{facts['API']}/api/jobs/", headers={"X-API-Key": facts["API key"]}, timeout=5).json()
    assert [(job["status"], job["assigned_agent"]) for job in jobs] == [("approved", ada)]

    kept = shlex.quote(str(output.parent / "data/desk.env"))
    follow_the_readme(facts, kept)
    check = f". {kept}; exec {sys.executable} -m flask --app wsgi check --json"
    checked = subprocess.run(["bash", "-c", check], capture_output=True, text=True, check=False, cwd=ROOT, env={})
    assert json.loads(checked.stdout)["violations"] == [], checked.stderr
    push = f". {kept}; exec {sys.executable} -m flask --app wsgi templates push"
    pushed = subprocess.run(["bash", "-c", push], capture_output=True, text=True, check=False, cwd=ROOT, env={})
    assert (pushed.returncode, pushed.stderr) == (0, "")
    assert re.search(r"^[1-9]\d* pushed, 0 refused, 0 known$", pushed.stdout, re.MULTILINE)

    family = psutil.Process(desk.pid).children(recursive=True)
    assert len(family) > 10
    desk.send_signal(signal.SIGTERM)
    assert desk.wait(40) == 0
    assert [each for each in family if each.is_running() and each.status() != psutil.STATUS_ZOMBIE] == []
