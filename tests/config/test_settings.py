"""Settings: a missing or wrong setting is named in one line; an example secret is accepted with the sandbox only."""

import subprocess
import sys
from pathlib import Path

import pytest

from config import settings
from config.setting_groups import Settings
from config.settings import SANDBOX_ACCOUNT_SID, SettingsError

ENOUGH = {
    "MONGODB_URI": "mongodb://127.0.0.1:1/",
    "REDIS_URL": "redis://127.0.0.1:1/0",
    "API_KEY": "a-key-long-enough",
    "SECRET_KEY": "a-secret-long-enough",
}
REAL = {"TWILIO_ACCOUNT_SID": "AC" + "1" * 32, "TWILIO_AUTH_TOKEN": "a-token-long-enough"}
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)  # a directory without .env
    for name in (
        *ENOUGH,
        *REAL,
        "PORT",
        "PUBLIC_BASE_URL",
        "DEFAULT_TIMEZONE",
        "DEFAULT_REGION",
        "SANDBOX_PORT",
        "SANDBOX_AUTH_TOKEN",
        "TWILIO_API_BASE_URL",
        "OPS_WEBHOOK_URL",
        "LOG_LEVEL",
    ):
        monkeypatch.delenv(name, raising=False)


def load(monkeypatch: pytest.MonkeyPatch, **environment: str) -> Settings:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return settings.load()


def test_four_settings_are_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    found = load(monkeypatch, **ENOUGH)
    assert (found.sandbox.on, found.twilio.account_sid) == (True, SANDBOX_ACCOUNT_SID)
    assert found.twilio.api_base_url == "http://127.0.0.1:8100"
    assert found.web.public_base_url == "http://127.0.0.1:8000"
    assert found.defaults.timezone == "Africa/Lagos"


@pytest.mark.parametrize(
    ("environment", "named"),
    [
        *[pytest.param({name: ""}, name, id=f"{name} empty") for name in ENOUGH],
        pytest.param({"API_KEY": "short"}, "API_KEY", id="a short key"),
        pytest.param({"PORT": "eighty"}, "PORT", id="not a number"),
        pytest.param({"PORT": "70000"}, "PORT", id="no port"),
        pytest.param({"LOG_LEVEL": "LOUD"}, "LOG_LEVEL", id="no level"),
        pytest.param({"DEFAULT_TIMEZONE": "Lagos"}, "DEFAULT_TIMEZONE", id="no zone"),
        pytest.param({"DEFAULT_REGION": "XX"}, "DEFAULT_REGION", id="no region"),
        pytest.param({"PUBLIC_BASE_URL": "desk.example.com"}, "PUBLIC_BASE_URL", id="no scheme"),
        pytest.param({"PUBLIC_BASE_URL": "http://x:99999"}, "PUBLIC_BASE_URL", id="no such port"),
        pytest.param({"OPS_WEBHOOK_URL": "ftp://x"}, "OPS_WEBHOOK_URL", id="not http"),
        pytest.param({"TWILIO_WHATSAPP_NUMBER": "12"}, "TWILIO_WHATSAPP_NUMBER", id="no number"),
        pytest.param({"SETTLE_AFTER_MS": "-1"}, "SETTLE_AFTER_MS", id="a negative wait"),
        pytest.param({**REAL, "TWILIO_AUTH_TOKEN": ""}, "TWILIO_AUTH_TOKEN", id="an account without its token"),
        pytest.param({**REAL, "API_KEY": "change-me"}, "API_KEY", id="an example key with a real account"),
        pytest.param({**REAL, "SECRET_KEY": "change-me-too"}, "SECRET_KEY", id="an example secret with a real account"),
        pytest.param({**REAL, "TWILIO_AUTH_TOKEN": "change-me-as-well"}, "TWILIO_AUTH_TOKEN", id="an example token"),
    ],
)
def test_a_wrong_setting_is_named(monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], named: str) -> None:
    with pytest.raises(SettingsError, match=named) as refused:
        load(monkeypatch, **{**ENOUGH, **environment})
    assert "\n" not in str(refused.value)


def test_example_secrets_are_accepted_with_the_sandbox(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load(monkeypatch, **{**ENOUGH, "API_KEY": "change-me", "SECRET_KEY": "change-me-too"}).sandbox.on


@pytest.mark.parametrize(
    ("environment", "url"),
    [
        pytest.param({}, None, id="Twilio's own"),
        pytest.param({"TWILIO_API_BASE_URL": "https://twilio.example/"}, "https://twilio.example", id="another"),
    ],
)
def test_a_real_account_uses_twilios_address(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], url: str | None
) -> None:
    found = load(monkeypatch, **{**ENOUGH, **REAL, **environment})
    assert (found.sandbox.on, found.twilio.api_base_url) == (False, url)


@pytest.mark.parametrize(
    "entry",
    [
        pytest.param(("-c", "import wsgi"), id="wsgi"),
        pytest.param(("-m", "celery", "-q", "-A", "celery_app", "worker"), id="worker"),
        pytest.param(("-m", "celery", "-q", "-A", "celery_app", "beat"), id="beat"),
        pytest.param(("-m", "flask", "--app", "wsgi", "check"), id="command"),
    ],
)
def test_an_entry_point_without_a_setting_ends_with_one_line(entry: tuple[str, ...], tmp_path: Path) -> None:
    environment = {
        "PATH": "/usr/bin:/bin",
        "PYTHONPATH": str(ROOT),
        **{k: v for k, v in ENOUGH.items() if k != "API_KEY"},
    }
    ended = subprocess.run(
        [sys.executable, *entry],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.count("\n") == 1
    assert "API_KEY" in ended.stderr


@pytest.mark.parametrize(
    "words", [[], ["templates"], ["templates", "push"], ["check"], ["migrate"], ["recover-inbound"]]
)
def test_help_of_a_command_needs_no_settings(words: list[str], tmp_path: Path) -> None:
    shown = subprocess.run(
        [sys.executable, "-m", "flask", "--app", "wsgi", *words, "--help"],
        cwd=tmp_path,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (shown.returncode, shown.stderr) == (0, "")
    assert shown.stdout.startswith(f"Usage: python -m flask {' '.join([*words, '['])}")
    assert words or "templates" in shown.stdout
