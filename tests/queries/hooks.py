"""Hooks for pytest: each new query of the product is explained, and every function with a query has run in the end."""

from collections.abc import Iterator
from typing import Any

import pytest
from pymongo import monitoring

from tests.queries.completeness import silent
from tests.queries.explaining import explain
from tests.queries.listening import LISTENER

#: Options that select some of the tests.
_NARROWING = ("keyword", "markexpr", "deselect", "ignore", "ignore_glob", "lf", "collectonly")
_asked: set[str] = set()
_silent: list[str] = []

monitoring.register(LISTENER)  # for every client created from here on


@pytest.fixture(autouse=True)
def every_query_is_explained() -> Iterator[None]:
    """Fail a test in which the product makes a query that reads too many rows."""
    yield
    fresh, LISTENER.fresh = LISTENER.fresh, []
    faults = [fault for asked in fresh if (fault := explain(asked))]
    if faults:
        pytest.fail("\n".join(("MongoDB reads too much to answer this:", *faults)), pytrace=False)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Collect the functions that ran a query from a worker process of the tests."""
    _asked.update(getattr(node, "workeroutput", {}).get("asked", ()))


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Fail a run of all tests if a query was never made: its plan is unknown."""
    _asked.update(LISTENER.functions())
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["asked"] = sorted(_asked)
    elif exitstatus == 0 and _all_run(session.config):
        _silent.extend(silent(_asked))
        session.exitstatus = pytest.ExitCode.TESTS_FAILED if _silent else exitstatus


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the functions whose queries no test has made."""
    if _silent:
        terminalreporter.section("Queries that no test of this process makes, and so nobody has explained", red=True)
        terminalreporter.write("\n".join((*_silent, "")))


def _all_run(config: pytest.Config) -> bool:
    return config.args_source is pytest.Config.ArgsSource.TESTPATHS and not any(
        config.getoption(option, None) for option in _NARROWING
    )
