"""Run pytest, then each failed test once more, alone: `python -m tests.repeat [pytest's arguments]`.

Exits 0 if every test passed in the first run or alone. Any other end of the first run (no tests, an interrupt, an
error while tests were collected) is final: its exit code is returned and nothing is repeated.
"""

import json
import re
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

#: More failures than this are no accident: repeating them one at a time would only take long.
MOST = 20
_SUMMARY = re.compile(r"\d+ (passed|failed|errors?|skipped|deselected)\b.* in [\d.]+s")


def run(arguments: list[str], directory: Path | None = None) -> int:
    """Run pytest in `directory` and repeat what failed there. Return the exit code."""
    with TemporaryDirectory(prefix="dispatch-repeat-") as cache:
        code, summary = _pytest(["-o", f"cache_dir={cache}", *arguments], directory)
        failed = _last_failed(Path(cache))
    if code != pytest.ExitCode.TESTS_FAILED or not failed:
        return code
    if len(failed) > MOST:
        _print(f"Not repeated, as more than {MOST} tests failed", failed)
        still_failing = failed
    else:
        _print("Failed tests are run once more, each alone", failed)
        alone = ["-n", "0", "-p", "no:cacheprovider"]
        still_failing = [test for test in failed if _pytest([*alone, test], directory)[0] != pytest.ExitCode.OK]
        _print("Passed only when repeated alone", [test for test in failed if test not in still_failing])
        _print("Failed again when repeated alone", still_failing)
    print(f"\nThe first run of all tests:\n{summary}", flush=True)
    return pytest.ExitCode.TESTS_FAILED if still_failing else pytest.ExitCode.OK


def _pytest(arguments: list[str], directory: Path | None) -> tuple[int, str]:
    """Run pytest in a process of its own and show its output. Return its exit code and its summary line."""
    command, summary = [sys.executable, "-m", "pytest", *arguments], ""
    with subprocess.Popen(command, cwd=directory, stdout=subprocess.PIPE, text=True, errors="replace") as process:
        assert process.stdout is not None
        for line in process.stdout:
            print(line, end="", flush=True)
            summary = line.strip() if _SUMMARY.search(line) else summary
    return process.returncode, summary


def _last_failed(cache: Path) -> list[str]:
    """Return the ids of the tests that pytest noted as failed."""
    noted = cache / "v" / "cache" / "lastfailed"
    return sorted(json.loads(noted.read_text("utf-8"))) if noted.exists() else []


def _print(heading: str, tests: list[str]) -> None:
    """Print a heading with the tests below it. Print nothing if there are no tests."""
    if tests:
        print("\n".join((f"\n==== {heading} ({len(tests)}) ====", *(f"  {test}" for test in tests))), flush=True)


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
