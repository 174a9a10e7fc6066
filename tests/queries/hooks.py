"""Holding the tests to it: each new question of the product's is explained; and all that ask have asked in the end."""

from collections.abc import Iterator
from typing import Any

import pytest
from pymongo import monitoring

from tests.queries.completeness import silent
from tests.queries.explaining import explain
from tests.queries.listening import LISTENER

#: Options by which only some of the tests run.
_NARROWING = ("keyword", "markexpr", "deselect", "ignore", "ignore_glob", "lf", "collectonly")
_asked: set[str] = set()
_silent: list[str] = []

monitoring.register(LISTENER)  # for every client that is made from here on


@pytest.fixture(autouse=True)
def every_query_is_explained() -> Iterator[None]:
    """Fail a test that makes the product ask MongoDB something which it can only answer by reading much."""
    yield
    fresh, LISTENER.fresh = LISTENER.fresh, []
    faults = [fault for asked in fresh if (fault := explain(asked))]
    if faults:
        pytest.fail("\n".join(("MongoDB reads too much to answer this:", *faults)), pytrace=False)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Hear from one of several processes that run tests which functions have asked in it."""
    _asked.update(getattr(node, "workeroutput", {}).get("asked", ()))


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Fail a run of all tests in which a query was never made: nobody knows how MongoDB would answer it."""
    _asked.update(LISTENER.functions())
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["asked"] = sorted(_asked)
    elif exitstatus == 0 and _all_run(session.config):
        _silent.extend(silent(_asked))
        session.exitstatus = pytest.ExitCode.TESTS_FAILED if _silent else exitstatus


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name the functions whose queries no test has made."""
    if _silent:
        terminalreporter.section("Queries that no test of this process makes, and so nobody has explained", red=True)
        terminalreporter.write("\n".join((*_silent, "")))


def _all_run(config: pytest.Config) -> bool:
    return config.args_source is pytest.Config.ArgsSource.TESTPATHS and not any(
        config.getoption(option, None) for option in _NARROWING
    )
