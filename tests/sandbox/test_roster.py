"""The desk runs the processes of the Procfile."""

from pathlib import Path

import pytest

from config.settings import load
from sandbox import roster
from tests.sandbox.opened import ROOT, environment

SECRETS = {
    "API_KEY": "an-api-key-of-ours",
    "SECRET_KEY": "a-secret-key-of-ours",
    "SANDBOX_AUTH_TOKEN": "a-sandbox-token-of-ours",
    "TWILIO_AUTH_TOKEN": "a-real-token-of-ours",
    "PUBLIC_BASE_URL": "https://desk.example.com",
}


def test_desk_runs_exactly_the_processes_of_the_procfile(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name, value in environment(SANDBOX="1", **SECRETS).items():
        monkeypatch.setenv(name, value)
    found = load()
    listed = (ROOT / "Procfile").read_text().replace("${LOG_LEVEL:-INFO}", found.logs.level)
    listed = listed.replace("${DATA_DIR:-.data}", "data").replace(
        "${FLOWER_PORT:-5555}", str(found.operations.flower_port)
    )
    commands = roster.product(found)
    assert listed.splitlines() == [f"{name}: PROCESS={name} {' '.join(command)}" for name, command in commands.items()]


@pytest.mark.parametrize(
    ("account", "pretended"),
    [pytest.param("", True, id="no account"), pytest.param("AC" + "1" * 32, False, id="a real account")],
)
def test_pretend_twilio_runs_only_without_a_real_account(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, account: str, pretended: bool
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, value in environment(TWILIO_ACCOUNT_SID=account, SANDBOX="0" if account else "1", **SECRETS).items():
        monkeypatch.setenv(name, value)
    assert ("twilio" in [child.name for child in roster.processes(load())]) is pretended
