"""Whole requests: whether all bytes of an HTTP request have arrived. Pure: bytes in, an answer out.

Only the end is looked for. Gunicorn parses the request afterwards, and refuses what is malformed.
"""

import re

#: Bytes that a head (request line and headers) and a body may have.
LARGEST_HEAD, LARGEST_BODY = 32 * 1024, 256 * 1024
#: Bytes that the request line, a header, and a line of a chunked body may have.
LONGEST_LINE = 8190
#: Bytes of a chunked body, with its framing, for each byte of the body's limit.
_FRAMING = 4
_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*(\d{1,18})[ \t]*\r\n", re.IGNORECASE)
_CODING = re.compile(rb"\r\ntransfer-encoding:", re.IGNORECASE)
_EXPECTS = re.compile(rb"\r\nexpect:[ \t]*100-continue[ \t]*\r\n", re.IGNORECASE)


class Arriving:
    """The bytes of one request that have arrived so far. Each byte is looked at once, however many pieces arrive."""

    def __init__(self) -> None:
        self.bytes = bytearray()
        self._searched = 0
        self._body: int | None = None
        self._length: int | None = None
        self._at = self._size = 0

    def has_large_head(self) -> bool:
        """Whether the head is larger than it may be."""
        return (len(self.bytes) if self._body is None else self._body) > LARGEST_HEAD

    def expects_answer(self) -> bool:
        """Whether the client waits for "100 Continue" before it sends the body."""
        return self._body is not None and bool(_EXPECTS.search(self.bytes, 0, self._body))

    def is_whole(self) -> bool:
        """Whether nothing more needs to arrive: the request is complete, too large, or malformed."""
        if self._body is None and not self._find_body():
            return self.has_large_head() or self._has_long_line()
        if self._length is not None:
            return self._length > LARGEST_BODY or len(self.bytes) >= (self._body or 0) + self._length
        return self._is_last_chunk_here() or len(self.bytes) > _FRAMING * LARGEST_BODY

    def _has_long_line(self) -> bool:
        """Whether the request line is longer than it may be."""
        return len(self.bytes) > LONGEST_LINE + 2 and self.bytes.find(b"\r\n", 0, LONGEST_LINE + 2) < 0

    def _find_body(self) -> bool:
        end = self.bytes.find(b"\r\n\r\n", self._searched)
        self._searched = max(0, len(self.bytes) - 3)
        if end < 0:
            return False
        self._body = self._at = end + 4
        length = _LENGTH.search(self.bytes, 0, self._body)
        if not _CODING.search(self.bytes, 0, self._body):
            self._length = int(length[1]) if length else 0
        return True

    def _is_last_chunk_here(self) -> bool:
        """Walk over the chunks from where the last walk ended."""
        while self._at < len(self.bytes):
            end = self.bytes.find(b"\r\n", self._at)
            if end < 0:
                return len(self.bytes) - self._at > LONGEST_LINE
            try:
                size = int(self.bytes[self._at : end].partition(b";")[0], 16)
            except ValueError:
                return True
            if size <= 0:
                return self.bytes.startswith(b"\r\n", end + 2) or self.bytes.find(b"\r\n\r\n", end + 2) >= 0
            self._size += size
            self._at = end + 2 + size + 2
            if self._size > LARGEST_BODY:
                return True
        return False
