"""Where a message of HTTP/1.1 ends, and nothing else of it.

The gateway forwards bytes as they came; the front parses them strictly and judges them. What is
read here is only what balancing each request by itself needs. Where the two could differ in
opinion the request is refused, or the connection to the front is given up after it.
"""

from __future__ import annotations

import re
from typing import NamedTuple

_FIELDS = re.compile(
    rb"\r\n(content-length|transfer-encoding|connection):[ \t]*([^\r\n]*)", re.IGNORECASE
)
_DIGITS = re.compile(rb"[0-9]{1,18}")
_SIZE = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(;[^\r\n]*)?")
_LONGEST_LINE = 8192
_NO_BODY = frozenset((204, 304))


class FramingError(Exception):
    """A message whose end cannot be told; the sentence is for the client."""


class RequestHead(NamedTuple):
    """What matters of a request's head."""

    length: int  # of the body
    chunked: bool
    is_head: bool


class ResponseHead(NamedTuple):
    """What matters of a response's head."""

    status: int
    length: int | None  # of the body; None: chunked, or up to the end of the connection
    chunked: bool
    close: bool  # the connection cannot be used again


def request_head(head: bytes) -> RequestHead:
    """Reads a head with its final empty line.

    Raises:
        FramingError: two lengths, an encoding that is not chunked, or a length that is no number;
            or it is the preface of HTTP/2, which looks like a request.
    """
    if head.startswith(b"PRI * "):
        raise FramingError("HTTP/2.0 is not spoken here, HTTP/1.1 is.")
    length, chunked = _framing(head)
    return RequestHead(length or 0, chunked, head.startswith(b"HEAD "))


def response_head(head: bytes, *, to_head: bool) -> ResponseHead:
    """Reads a head with its final empty line; `to_head`: it answers a HEAD request.

    Raises:
        FramingError: it is no response.
    """
    if not head.startswith(b"HTTP/1.") or not head[9:12].isdigit():
        raise FramingError("The replica did not answer in HTTP.")
    status = int(head[9:12])
    length, chunked = _framing(head)
    close = head.startswith(b"HTTP/1.0") or _closes(head)
    if to_head or status in _NO_BODY or status < 200:
        return ResponseHead(status, 0, False, close)
    if length is None and not chunked:
        close = True
    return ResponseHead(status, length, chunked, close)


def says_starting(answer: bytes) -> bool:
    """Whether a front says that its workers start: it has done nothing with the request.

    What a script answered names the time that it took.
    """
    head, _, body = answer.partition(b"\r\n\r\n")
    return body == b'{"message": "starting"}' and b"\r\nx-ms-run-fn-exec-ms:" not in head


def _framing(head: bytes) -> tuple[int | None, bool]:
    length: int | None = None
    chunked = False
    for name, value in _FIELDS.findall(head):
        if name[0] in b"tT":
            if chunked or value.strip().lower() != b"chunked":
                raise FramingError("Transfer-Encoding can only be chunked, and once.")
            chunked = True
        elif name[3] in b"tT":  # con-t-ent-length, not con-n-ection
            text = value.strip()
            if length is not None or not _DIGITS.fullmatch(text):
                raise FramingError("Content-Length has to be one number.")
            length = int(text)
    if chunked and length is not None:
        raise FramingError("Content-Length and Transfer-Encoding exclude each other.")
    return length, chunked


def _closes(head: bytes) -> bool:
    return any(
        name.lower() == b"connection" and b"close" in value.lower()
        for name, value in _FIELDS.findall(head)
    )


class Chunks:
    """Finds the end of a chunked body that comes in pieces."""

    def __init__(self) -> None:
        self.done = False
        self._line = b""  # of a size or trailer, unfinished
        self._left = 0  # of the current chunk, with its line end
        self._trailers = False

    def feed(self, data: bytes) -> int:
        """Takes a piece and returns how much of it belongs to the body.

        Raises:
            FramingError: it is not chunked as it should be.
        """
        position, size = 0, len(data)
        while position < size and not self.done:
            if self._left:
                step = min(self._left, size - position)
                self._left -= step
                position += step
                continue
            end = data.find(b"\n", position)
            if end < 0:
                self._line += data[position:]
                self._check(self._line)
                return size
            line, self._line = self._line + data[position : end + 1], b""
            position = end + 1
            self._check(line)
            self._take(line)
        return position

    def _take(self, line: bytes) -> None:
        if not line.endswith(b"\r\n"):
            raise FramingError("A line of a chunked body does not end as it should.")
        if self._trailers:
            self.done = line == b"\r\n"
            return
        match = _SIZE.fullmatch(line[:-2])
        if match is None:
            raise FramingError("The size of a chunk is no number.")
        length = int(match[1], 16)
        self._trailers = length == 0
        self._left = length + 2 if length else 0

    def _check(self, line: bytes) -> None:
        if len(line) > _LONGEST_LINE:
            raise FramingError("A line of a chunked body is too long.")
