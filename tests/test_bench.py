"""Arithmetic of the bench: percentiles, medians of ratios, and answers that give no figure."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from bench import load
from bench.figures import beside, plain


class Handler(BaseHTTPRequestHandler):
    """Answers 204, or 503 on request."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Answer."""
        self.send_response(503 if self.path == "/busy" else 204)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Log nothing."""


@pytest.fixture
def port() -> Iterator[int]:
    """A server that answers."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


def a_get(path: str = "/") -> load.Request:
    """A request without a body."""
    return load.Request("GET", path, b"", {})


@pytest.mark.parametrize(("percent", "value"), [(50, 2), (75, 3), (76, 4), (99, 4), (0, 1)])
def test_a_percentile_is_one_of_the_values(percent: float, value: float) -> None:
    assert load.percentile([4, 2, 3, 1], percent) == value


def test_every_request_is_sent_once_at_its_time(port: int) -> None:
    answers = load.at_a_rate(port, [a_get()] * 60, rate=200).all_of(204)
    assert len(answers.took) == 60
    assert answers.seconds >= 59 / 200


def test_full_speed_ends_after_its_time(port: int) -> None:
    answers = load.at_full_speed(port, [a_get()] * 100_000, seconds=0.3, connections=4)
    assert 4 <= len(answers.took) < 100_000
    assert answers.per_second == len(answers.took) / answers.seconds


def test_too_few_requests_give_no_figure(port: int) -> None:
    with pytest.raises(RuntimeError, match="too few"):
        load.at_full_speed(port, [a_get()] * 3, seconds=5, connections=2)


def test_a_refused_request_gives_no_figure(port: int) -> None:
    with pytest.raises(RuntimeError, match="503"):
        load.at_a_rate(port, [a_get(), a_get("/busy")], rate=100).all_of(204)


def test_a_ratio_is_the_median_of_the_ratios_of_the_rounds() -> None:
    """A slow minute during one round affects both sides and changes no ratio."""
    figure = beside("row", "what", [(80, 100), (8, 10), (90, 100)], "/s", at_least=0.8)
    assert (figure.figure, figure.ceiling, figure.ratio, figure.reached) == (80, 100, 0.8, True)
    assert beside("row", "what", [(79, 100)], "/s", at_least=0.8).reached is False
    assert beside("row", "what", [(16, 10)], "s", at_most=1.5).reached is False
    assert beside("row", "what", [(16, 10)], "s").reached is None


def test_a_bound_is_kept_or_not() -> None:
    assert plain("row", "what", [1, 2, 30], "s", at_most=2).reached is True
    assert plain("row", "what", [70], "/s", at_least=76).reached is False
    assert "NOT REACHED" in str(plain("row", "what", [70], "/s", at_least=76))
    assert plain("row", "what", [70], "/s").reached is None
