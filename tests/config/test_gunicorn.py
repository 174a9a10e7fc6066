"""Gunicorn's own log: an invalid request is logged by its kind, without its content."""

import logging
import socket
from collections.abc import Iterator

import pytest
from gunicorn.config import Config
from gunicorn.glogging import Logger
from gunicorn.http import errors
from gunicorn.workers.base import Worker

import gunicorn_conf  # noqa: F401  it sets gunicorn's log up
from config import logs

NUMBER = "803 123 4567"


@pytest.fixture
def said(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    """The lines that gunicorn logs."""
    log = logging.getLogger("gunicorn.error")
    assert logs.without_request in log.filters
    log.addHandler(caplog.handler)
    yield caplog
    log.removeHandler(caplog.handler)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        pytest.param(errors.InvalidHTTPVersion(NUMBER), "InvalidHTTPVersion", id="a version"),
        pytest.param(errors.InvalidRequestLine(f"GET /?x={NUMBER}"), "InvalidRequestLine", id="a request line"),
        pytest.param(errors.InvalidRequestMethod(NUMBER), "InvalidRequestMethod", id="a method"),
        pytest.param(errors.InvalidHeader(NUMBER), "InvalidHeader", id="a header"),
    ],
)
def test_an_invalid_request_is_logged_without_its_content(
    said: pytest.LogCaptureFixture, error: errors.ParseException, kind: str
) -> None:
    settings = Config()
    worker = Worker(0, 0, [], None, 30, settings, Logger(settings))
    ours, theirs = socket.socketpair()
    with ours, theirs:
        try:
            raise error
        except errors.ParseException as caught:
            worker.handle_error(None, ours, ("127.0.0.1", 1), caught)
        assert theirs.recv(100).startswith(b"HTTP/1.1 ")
    assert said.messages == [f"Invalid request: {kind}"]
    assert NUMBER not in said.text


def test_an_error_of_the_app_is_logged_without_the_path(said: pytest.LogCaptureFixture) -> None:
    try:
        raise OSError
    except OSError:
        Logger(Config()).exception("Error handling request %s %s", "GET", f"/api/jobs/?agent_phone={NUMBER}")
    assert said.messages == ["Error handling request: OSError"]
    assert "Traceback" in said.text
    assert NUMBER not in said.text


def test_other_lines_of_gunicorn_are_logged_unchanged(said: pytest.LogCaptureFixture) -> None:
    Logger(Config()).warning("Worker with pid %s was terminated", 1)
    assert said.messages == ["Worker with pid 1 was terminated"]
