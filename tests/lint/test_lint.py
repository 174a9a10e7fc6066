"""The checks of `make lint` find what they are for: a version with a known vulnerability, a secret in a file."""

import json
import re
import subprocess
from pathlib import Path

import pytest

from tests.lint import advisories, secret_scan
from tests.lint.advisories import Advisory
from tests.tables import each_row

ROOT = Path(__file__).resolve().parents[2]
RANGES = [
    Advisory("flask", "CVE-1", "", "2.2.5"),
    Advisory("flask", "CVE-1", "2.3.0", "2.3.2"),
    Advisory("flask", "CVE-2", "3.1.0", ""),
]


@each_row(
    ("version", "ids"),
    [
        ("2.2.4", ["CVE-1"]),
        ("2.2.5", []),
        ("2.3.0", ["CVE-1"]),
        ("2.3.2", []),
        ("3.1.0rc1", []),
        ("3.1.0", ["CVE-2"]),
        ("10.0", ["CVE-2"]),
    ],
)
def test_version_within_a_known_range_is_listed(version: str, ids: list[str]) -> None:
    lines = advisories.found({"flask": version, "other": "1.0"}, RANGES)
    assert [line.split()[2].rstrip(",") for line in lines] == ids


def test_records_of_osv_replace_the_stored_ones_and_keep_their_ranges(tmp_path: Path) -> None:
    events = [{"introduced": "0"}, {"fixed": "2.2.5"}, {"introduced": "2.3.0"}, {"fixed": "2.3.2"}]
    affected = [
        {"package": {"ecosystem": "PyPI", "name": "Flask"}, "ranges": [{"type": "ECOSYSTEM", "events": events}]}
    ]
    row = {"id": "PYSEC-1", "aliases": ["CVE-1"], "affected": affected}
    unfixed = [{"type": "ECOSYSTEM", "events": [{"introduced": "3.1.0"}]}]
    open_row = {"id": "CVE-2", "affected": [affected[0] | {"ranges": unfixed}]}
    for name, each in (("a", row), ("b", open_row), ("c", row | {"withdrawn": "2026-01-01T00:00:00Z", "id": "CVE-3"})):
        (tmp_path / f"{name}.json").write_text(json.dumps(each))
    found = advisories.from_osv(tmp_path, {"flask"})
    assert found == sorted(RANGES)
    (tmp_path / "kept.toml").write_text(advisories.written(found))
    assert advisories.recorded(tmp_path / "kept.toml") == found
    assert advisories.from_osv(tmp_path, {"django"}) == []


def test_pins_have_no_known_vulnerability_and_records_are_about_pinned_packages() -> None:
    pins = advisories.pins()
    assert {"flask", "celery", "pytest", "urllib3"} <= pins.keys()
    assert advisories.found(pins, advisories.recorded()) == []
    assert {each.package for each in advisories.recorded()} <= pins.keys()


SECRETS = {
    "private key": "-----BEGIN RSA " + "PRIVATE KEY-----",
    "Twilio account or key": "sid = AC" + "1f" * 16,
    "cloud key": "AKIA" + "ABCDEFGHIJKLMNOP",
    "token of a code host": "ghp_" + "a1" * 18,
    "token of a chat": "https://hooks.slack.com/services/" + "T012345/B012345/" + "x1" * 12,
    "signed token": "eyJ" + "hbGciOiJIUz.eyJ" + "zdWIiOiIxMjM." + "c2lnbmF0dXJl",
    "password in a URL": "mongodb://dispatch:" + "8b236d38c8d73c42@mongodb/",
    "assigned secret": "API_KEY=" + "9f8b236d38c8d73c422310ec606d86a5",
}


def test_each_kind_of_secret_is_found_and_never_printed(tmp_path: Path, capsys) -> None:  # type: ignore[no-untyped-def]
    assert SECRETS.keys() == secret_scan.PATTERNS.keys()
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    for number, (kind, text) in enumerate(SECRETS.items()):
        assert kind in dict(map(reversed, secret_scan.secrets_in(text)))
        (tmp_path / f"{number}.txt").write_text(f"first line\n{text}\n")
    assert secret_scan.main(tmp_path) == 1
    printed = capsys.readouterr().out
    assert [f"{number}.txt:2: {kind}" in printed for number, kind in enumerate(SECRETS)] == [True] * len(SECRETS)
    assert not any(text in printed for text in SECRETS.values())


@pytest.mark.parametrize(
    "text",
    [
        "API_KEY=${API_KEY:?set it in .env}",
        "API_KEY_FILE: /run/secrets/api_key_of_the_desk",
        '"SECRET_KEY": "a-secret-long-enough"',
        "redis://:$PASSWORD_OF_REDIS@redis:6379/0",
        "token = request.headers.get('X-Token-Of-The-Page')",
    ],
)
def test_text_about_secrets_is_no_secret(text: str) -> None:
    assert list(secret_scan.secrets_in(text)) == []


def test_lint_runs_both_checks_and_security_md_has_its_sections() -> None:
    recipe = (ROOT / "Makefile").read_text().split("\nlint:")[1].split("\n\n")[0]
    assert re.findall(r"-m (tests\.lint\.\w+)", recipe) == ["tests.lint.advisories", "tests.lint.secret_scan"]
    sections = re.findall(r"^## (.+)$", (ROOT / "SECURITY.md").read_text(), re.MULTILINE)
    assert sections == ["Report a vulnerability", "Supported versions", "Threat model", "Where personal data is"]
