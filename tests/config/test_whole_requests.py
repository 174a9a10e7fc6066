"""Whole requests: when nothing more needs to arrive."""

import time

import pytest

from config.whole_requests import LARGEST_BODY, LARGEST_HEAD, LONGEST_LINE, Arriving
from tests.tables import each_row

POST = b"POST /x HTTP/1.1\r\nHost: x\r\n"
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"


def collected(data: bytes, piece: int) -> tuple[bool, int]:
    """Return whether a request is whole at its last byte, and how many bytes arrived before it was."""
    arriving = Arriving()
    for at in range(0, len(data), piece):
        arriving.bytes += data[at : at + piece]
        if arriving.is_whole():
            return True, min(len(data), at + piece)
    return False, len(data)


@pytest.mark.parametrize("piece", [1, 7, 1_000_000])
@each_row(
    ("data", "whole"),
    [
        pytest.param(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", True, id="a head"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: x\r\n", False, id="half a head"),
        pytest.param(POST + b"Content-Length: 4\r\n\r\nabcd", True, id="a body"),
        pytest.param(POST + b"content-length:4\r\n\r\nabc", False, id="a body without its last byte"),
        pytest.param(
            POST + b"X-Content-Length: 4\r\n\r\n", True, id="a header whose name ends like that of the length"
        ),
        pytest.param(CHUNKED + b"3\r\nabc\r\n0\r\n\r\n", True, id="chunks"),
        pytest.param(
            CHUNKED + b"3;a=b\r\nabc\r\nA\r\n\r\n34567\r\n\r\n\r\n0\r\n\r\n", True, id="empty lines within a chunk"
        ),
        pytest.param(CHUNKED + b"5\r\na\r\n\r\n\r\n", False, id="no last chunk"),
        pytest.param(CHUNKED + b"0\r\nX: 1\r\n\r\n", True, id="a trailer"),
        pytest.param(CHUNKED + b"0\r\nX: 1\r\n", False, id="half a trailer"),
        pytest.param(CHUNKED + b"no size\r\n", True, id="a size that is none"),
    ],
)
def test_request_is_whole_at_its_last_byte(piece: int, data: bytes, whole: bool) -> None:
    assert collected(data, piece) == (whole, len(data))


@each_row(
    ("data", "large_head"),
    [
        pytest.param(b"GET /" + b"x" * LARGEST_HEAD, True, id="a head without an end"),
        pytest.param(b"GET /" + b"x" * LONGEST_LINE, False, id="a long request line"),
        pytest.param(POST + b"X: y\r\n" * LARGEST_HEAD + b"\r\n", True, id="a large head"),
        pytest.param(POST + b"Content-Length: %d\r\n\r\n" % (LARGEST_BODY + 1), False, id="a large body is named"),
        pytest.param(CHUNKED + b"10000\r\n%b\r\n" % (b"x" * 65536) * 5, False, id="large chunks arrive"),
        pytest.param(CHUNKED + b"1\r\nx\r\n" * LARGEST_BODY, False, id="small chunks arrive"),
        pytest.param(CHUNKED + b"f" * 9000, False, id="a size without an end"),
    ],
)
def test_request_that_is_too_large_is_not_collected_further(data: bytes, large_head: bool) -> None:
    arriving = Arriving()
    arriving.bytes += data
    assert (arriving.is_whole(), arriving.has_large_head()) == (True, large_head)


def test_each_byte_is_looked_at_once() -> None:
    """A client that sends a body in 43,000 chunks, piece by piece, must not keep a processor busy."""
    data = CHUNKED + b"1\r\nx\r\n" * (LARGEST_BODY // 6) + b"0\r\n\r\n"
    began = time.process_time()
    assert collected(data, 100) == (True, len(data))
    assert time.process_time() - began < 1.0
