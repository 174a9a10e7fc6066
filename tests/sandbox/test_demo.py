"""`make demo` at twenty times the speed: the day reaches its end and is the same each time."""

import random
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from dispatch.rules.jobs import codes
from sandbox import conformance
from sandbox.demo import gunicorn
from tests.sandbox.documents import content_document, document, write
from tests.sandbox.opened import a_whole_desk, printed
from tests.waiting import until


@pytest.fixture
def output(tmp_path: Path) -> Path:
    """The file of the demo's output."""
    return tmp_path / "output"


@pytest.fixture
def asked(tmp_path: Path) -> Path:
    """The file of the pretend Twilio's recorded requests."""
    return tmp_path / "asked"


@pytest.fixture
def demo(output: Path, asked: Path) -> Iterator[subprocess.Popen[bytes]]:
    """The demo, on free ports. It must ignore the stores that the environment names."""
    changes = {"MONGODB_URI": "mongodb://127.0.0.1:1/", "REDIS_URL": "redis://127.0.0.1:1", "DEMO_SPEED": "20"}
    changes |= {"SANDBOX_RECORD": str(asked), "DEMO_WAIT_SECONDS": "0"}
    with a_whole_desk("sandbox.demo", output, **changes) as process:
        yield process


def test_demo_reaches_its_end_with_the_codes_of_its_seed(
    demo: subprocess.Popen[bytes], output: Path, asked: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = until(lambda: printed(demo, output, "That was the day"), 150, "the end of the day", every=0.5)
    assert "The day stopped" not in shown
    api, key = (re.search(rf"^  {name} +(\S+)", shown, re.MULTILINE)[1] for name in ("API", "API key"))
    ask = {"headers": {"X-API-Key": key}, "timeout": 5}
    jobs = requests.get(f"{api}/api/jobs/?sort=created_at&page_size=50", **ask).json()
    states = ["approved", "completed", "approved", "approved", "approved", "approved", "approved", "cancelled"]
    assert [job["status"] for job in jobs] == states
    dice = random.Random(gunicorn.SEED)
    assert [job["code"] for job in jobs] == [codes.draw(dice.randrange)[0] for _ in jobs]
    assert jobs[0]["assigned_agent"] == jobs[3]["assigned_agent"], "John keeps his agent"
    agents = requests.get(f"{api}/api/agents/?page_size=50", **ask).json()
    assert (len(agents), len({job["client_id"] for job in jobs})) == (12, 6)
    write(tmp_path, document(), content_document())
    assert conformance.main([str(tmp_path), str(asked)]) == 0, "every request is one that Twilio knows"
    checked = capsys.readouterr().out
    assert all(f"day     POST {what} -> 201" in checked for what in ("Messages.json", "/v1/Content"))
