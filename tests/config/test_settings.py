"""Settings: a missing or wrong setting is named in one line, and so is a secret that can be guessed."""

import subprocess
import sys
from pathlib import Path

import pytest

from config import settings
from config.secret_settings import NEEDED as NEEDED_BY
from config.setting_groups import Settings
from config.settings import SANDBOX_ACCOUNT_SID, SettingsError
from tests.tables import each_row

NEEDED = {
    "MONGODB_URI": "mongodb://127.0.0.1:1/",
    "REDIS_URL": "redis://127.0.0.1:1/0",
    "API_KEY": "a-key-long-enough",
    "SECRET_KEY": "a-secret-long-enough",
}
ENOUGH = {**NEEDED, "SANDBOX": "1", "SANDBOX_AUTH_TOKEN": "a-sandbox-token-long-enough"}
REAL = {
    "SANDBOX": "",
    "TWILIO_ACCOUNT_SID": "AC" + "1" * 32,
    "TWILIO_AUTH_TOKEN": "a-token-long-enough",
    "PUBLIC_BASE_URL": "https://desk.example.com",
}
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)  # a directory without .env
    for name in (
        *ENOUGH,
        *REAL,
        "HOST",
        "PORT",
        "PROCESS",
        "DEFAULT_TIMEZONE",
        "DEFAULT_REGION",
        "SANDBOX_PORT",
        "TWILIO_API_BASE_URL",
        "OPS_WEBHOOK_URL",
        "LOG_LEVEL",
        "API_KEY_FILE",
        "MONGODB_URI_FILE",
    ):
        monkeypatch.delenv(name, raising=False)


def load(monkeypatch: pytest.MonkeyPatch, **environment: str) -> Settings:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return settings.load()


def test_six_settings_are_enough_for_a_sandbox(monkeypatch: pytest.MonkeyPatch) -> None:
    found = load(monkeypatch, **ENOUGH)
    assert (found.sandbox.on, found.twilio.account_sid) == (True, SANDBOX_ACCOUNT_SID)
    assert found.twilio.api_base_url == "http://127.0.0.1:8100"
    assert found.web.public_base_url == "http://127.0.0.1:8000"
    assert found.defaults.timezone == "Africa/Lagos"


@pytest.mark.parametrize(
    ("environment", "named"),
    [
        *[pytest.param({name: ""}, name, id=f"{name} empty") for name in NEEDED],
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
        pytest.param({"SANDBOX_AUTH_TOKEN": ""}, "SANDBOX_AUTH_TOKEN", id="a sandbox without its token"),
        pytest.param({"SANDBOX": ""}, "TWILIO_ACCOUNT_SID", id="no account and no sandbox"),
        pytest.param({"SANDBOX": "", "TWILIO_ACCOUNT_SID": "  "}, "TWILIO_ACCOUNT_SID", id="an account of blanks"),
        pytest.param({**REAL, "TWILIO_ACCOUNT_SID": "AC12"}, "TWILIO_ACCOUNT_SID", id="no account SID"),
        pytest.param({**REAL, "SANDBOX": "1"}, "SANDBOX", id="a sandbox with a real account"),
        pytest.param({"SANDBOX": "maybe"}, "SANDBOX", id="no switch"),
        pytest.param({"HOST": "0.0.0.0"}, "HOST", id="a sandbox for every machine"),
        pytest.param({"HOST": "desk.example.com"}, "HOST", id="a sandbox under a name"),
        pytest.param({**REAL, "PUBLIC_BASE_URL": "http://desk.example.com"}, "PUBLIC_BASE_URL", id="no https"),
        pytest.param({**REAL, "PUBLIC_BASE_URL": ""}, "PUBLIC_BASE_URL", id="no public address"),
        pytest.param({"PROCESS": "cook"}, "PROCESS", id="no process"),
        pytest.param({"API_KEY_FILE": "absent"}, "API_KEY_FILE", id="a file that does not exist"),
    ],
)
def test_a_wrong_setting_is_named(monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], named: str) -> None:
    with pytest.raises(SettingsError, match=named) as refused:
        load(monkeypatch, **{**ENOUGH, **environment})
    assert "\n" not in str(refused.value)


WEAK = ["change-me", "change-me-too", "change-me-as-well", "sandbox-token", "short", " " * 20, "a" * 32, "12345678" * 4]


@each_row(
    ("name", "weak"),
    [(name, weak) for name in ("API_KEY", "SECRET_KEY", "SANDBOX_AUTH_TOKEN", "TWILIO_AUTH_TOKEN") for weak in WEAK],
)
def test_secret_that_can_be_guessed_is_refused_everywhere(
    monkeypatch: pytest.MonkeyPatch, name: str, weak: str
) -> None:
    real = REAL if name == "TWILIO_AUTH_TOKEN" else {}
    with monkeypatch.context() as only, pytest.raises(SettingsError, match=f"{name} is invalid") as refused:
        load(only, **{**ENOUGH, **real, name: weak})
    assert weak.strip() == "" or weak not in str(refused.value)


@pytest.mark.parametrize("name", ["SECRET_KEY", "SANDBOX_AUTH_TOKEN"])
def test_secret_that_is_used_twice_is_refused(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    with pytest.raises(SettingsError, match=f"{name} is invalid: Must differ from API_KEY"):
        load(monkeypatch, **{**ENOUGH, name: ENOUGH["API_KEY"]})


def test_secret_is_read_from_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "key").write_text("a-key-of-a-file-long-enough\n")
    (tmp_path / "mongodb").write_text("mongodb://dispatch:word@mongodb:27017/\n")
    files = {"API_KEY_FILE": str(tmp_path / "key"), "MONGODB_URI_FILE": str(tmp_path / "mongodb")}
    found = load(monkeypatch, **{**ENOUGH, "API_KEY": "", **files})
    assert found.web.api_key == "a-key-of-a-file-long-enough"
    assert found.stores.mongodb_uri == "mongodb://dispatch:word@mongodb:27017/"


@pytest.mark.parametrize("process", NEEDED_BY)
def test_process_starts_with_the_secrets_that_it_needs_and_reads_no_other(
    monkeypatch: pytest.MonkeyPatch, process: str
) -> None:
    secrets = {**NEEDED, "TWILIO_AUTH_TOKEN": REAL["TWILIO_AUTH_TOKEN"], "OPS_WEBHOOK_URL": "https://ops.example/x"}
    needed = {name: value for name, value in secrets.items() if name in NEEDED_BY[process]}
    rest = {name: value for name, value in REAL.items() if name not in secrets}
    for given in (needed, secrets):
        found = load(monkeypatch, **given, **rest, PROCESS=process)
        read = {
            "MONGODB_URI": found.stores.mongodb_uri,
            "REDIS_URL": found.stores.redis_url,
            "API_KEY": found.web.api_key,
            "SECRET_KEY": found.web.secret_key,
            "TWILIO_AUTH_TOKEN": found.twilio.auth_token,
            "OPS_WEBHOOK_URL": found.operations.webhook_url,
        }
        assert {name: value for name, value in read.items() if value} == needed
    missing = sorted(needed.keys() - {"OPS_WEBHOOK_URL"})[0]
    with pytest.raises(SettingsError, match=missing):
        load(monkeypatch, **{**secrets, **rest, missing: "", "PROCESS": process})


def test_process_in_the_sandbox_reads_its_token_where_a_real_account_would_need_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for process, needed in NEEDED_BY.items():
        found = load(monkeypatch, **ENOUGH, PROCESS=process)
        expected = ENOUGH["SANDBOX_AUTH_TOKEN"] if "TWILIO_AUTH_TOKEN" in needed else ""
        assert (process, found.twilio.auth_token) == (process, expected)


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
