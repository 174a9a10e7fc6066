"""Failed tests are repeated once, each alone; a test that passes then is forgiven and named."""

from pathlib import Path

import pytest

from tests import repeat

STEADY = "def test_steady(): pass\n"
#: Fails when it is run for the first time.
FLAKY = """
from pathlib import Path

def test_flaky():
    mark = Path("ran-once")
    ran_before = mark.exists()
    mark.touch()
    assert ran_before
"""
BROKEN = "def test_broken(): assert False\n"


@pytest.fixture(autouse=True)
def _no_other_plugins(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let pytest start fast."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")


def ran(directory: Path, capfd: pytest.CaptureFixture[str], *arguments: str, **files: str) -> tuple[int, list[str]]:
    """Run a small suite. Return the exit code and the lines that were printed."""
    (directory / "pytest.ini").write_text("[pytest]\naddopts = -q -p xdist.plugin\n")
    for name, text in files.items():
        (directory / f"{name}.py").write_text(text)
    code = repeat.run([*arguments], directory)
    return code, capfd.readouterr().out.strip().splitlines()


def test_test_that_passes_alone_is_named_and_the_run_succeeds(tmp_path, capfd):
    code, lines = ran(tmp_path, capfd, test_a=STEADY, test_b=FLAKY)
    assert code == pytest.ExitCode.OK
    named = lines[lines.index("==== Passed only when repeated alone (1) ====") + 1 :]
    assert named[0] == "  test_b.py::test_flaky"
    assert named[-1].startswith("1 failed, 1 passed in ")


def test_test_that_fails_again_fails_the_run(tmp_path, capfd):
    code, lines = ran(tmp_path, capfd, "-n", "2", test_a=STEADY, test_b=FLAKY, test_c=BROKEN)
    assert code == pytest.ExitCode.TESTS_FAILED
    assert lines[lines.index("==== Passed only when repeated alone (1) ====") + 1] == "  test_b.py::test_flaky"
    assert lines[lines.index("==== Failed again when repeated alone (1) ====") + 1] == "  test_c.py::test_broken"
    assert lines[-1].startswith("2 failed, 1 passed in ")


def test_many_failures_are_not_repeated(tmp_path, capfd, monkeypatch):
    monkeypatch.setattr(repeat, "MOST", 1)
    code, lines = ran(tmp_path, capfd, test_b=FLAKY, test_c=BROKEN)
    assert code == pytest.ExitCode.TESTS_FAILED
    assert "==== Not repeated, as more than 1 tests failed (2) ====" in lines
    assert lines[-1].startswith("2 failed in ")


def test_run_without_failures_is_not_repeated(tmp_path, capfd):
    code, lines = ran(tmp_path, capfd, test_a=STEADY)
    assert (code, lines[-1][:9], "repeated" in "".join(lines)) == (pytest.ExitCode.OK, "1 passed ", False)


@pytest.mark.parametrize(
    ("files", "ends"),
    [
        pytest.param({"no_tests": ""}, pytest.ExitCode.NO_TESTS_COLLECTED, id="no tests"),
        pytest.param({"test_a": "import nothing_like_it"}, pytest.ExitCode.INTERRUPTED, id="a file can't be read"),
        pytest.param(
            {"test_a": "def test_it(): raise KeyboardInterrupt\n" + BROKEN}, pytest.ExitCode.INTERRUPTED, id="stopped"
        ),
        pytest.param({"test_b": FLAKY, "conftest": "import"}, pytest.ExitCode.USAGE_ERROR, id="a broken conftest"),
    ],
)
def test_run_that_ends_otherwise_is_not_repeated(tmp_path, capfd, files, ends):
    code, lines = ran(tmp_path, capfd, **files)
    assert (code, "alone" in "".join(lines)) == (ends, False)
