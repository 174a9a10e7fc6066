"""Commands run in the test's process, as `flask …` runs them, and connect to the stores themselves."""

from collections.abc import Callable, Iterator

import pytest
from click.testing import Result
from flask import Flask

from dispatch import stores

Flask_ = Callable[..., Result]


@pytest.fixture
def flask(app: Flask) -> Iterator[Flask_]:
    """Run `flask …`, and connect the tests to the stores again after each command."""

    def run(*arguments: str) -> Result:
        try:
            return app.test_cli_runner().invoke(args=list(arguments))
        finally:
            stores.connect()

    yield run
    stores.connect()
