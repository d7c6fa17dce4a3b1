"""Where messages end."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brygga_server.gateway.framing import Chunks, FramingError, request_head, response_head

POST = b"POST /score HTTP/1.1\r\nHost: x\r\n"


@pytest.mark.parametrize(
    ("fields", "length", "chunked"),
    [
        (b"", 0, False),
        (b"Content-Length: 12\r\n", 12, False),
        (b"content-LENGTH:\t7 \r\n", 7, False),
        (b"Transfer-Encoding: Chunked\r\n", 0, True),
        (b"X-Content-Length: 9\r\nConnection: close\r\n", 0, False),
    ],
)
def test_the_length_of_a_request(fields: bytes, length: int, chunked: bool) -> None:
    head = request_head(POST + fields + b"\r\n")
    assert (head.length, head.chunked, head.is_head) == (length, chunked, False)


def test_the_preface_of_http2_is_no_request() -> None:
    with pytest.raises(FramingError, match=r"HTTP/2\.0 is not spoken here, HTTP/1\.1 is\."):
        request_head(b"PRI * HTTP/2.0\r\n\r\n")


@pytest.mark.parametrize(
    "fields",
    [
        b"Content-Length: 1\r\nContent-Length: 1\r\n",
        b"Content-Length: 1, 1\r\n",
        b"Content-Length: +1\r\n",
        b"Content-Length:\r\n",
        b"Content-Length: 99999999999999999999\r\n",
        b"Transfer-Encoding: gzip, chunked\r\n",
        b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
        b"Transfer-Encoding: chunked\r\nContent-Length: 1\r\n",
    ],
)
def test_what_two_readers_could_understand_differently_is_refused(fields: bytes) -> None:
    with pytest.raises(FramingError):
        request_head(POST + fields + b"\r\n")


@pytest.mark.parametrize(
    ("head", "to_head", "length", "chunked", "close"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n", False, 3, False, False),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n", True, 0, False, False),
        (b"HTTP/1.1 204 No\r\n\r\n", False, 0, False, False),
        (b"HTTP/1.1 304 No\r\nContent-Length: 3\r\n\r\n", False, 0, False, False),
        (b"HTTP/1.1 100 Continue\r\n\r\n", False, 0, False, False),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", False, None, True, False),
        (b"HTTP/1.1 200 K\r\nConnection: Close\r\nContent-Length: 0\r\n\r\n", True, 0, False, True),
        (b"HTTP/1.1 200 OK\r\n\r\n", False, None, False, True),
    ],
)  # fmt: skip
def test_the_length_of_a_response(
    head: bytes, to_head: bool, length: int | None, chunked: bool, close: bool
) -> None:
    found = response_head(head, to_head=to_head)
    assert (found.length, found.chunked, found.close) == (length, chunked, close)


def test_what_is_no_response_is_refused() -> None:
    with pytest.raises(FramingError):
        response_head(b"SSH-2.0-x\r\n\r\n", to_head=False)


@given(
    st.lists(st.binary(min_size=1, max_size=40), max_size=5),
    st.binary(max_size=20),
    st.lists(st.integers(1, 7), min_size=1),
    st.booleans(),
)
def test_a_chunked_body_ends_where_it_ends_however_it_is_cut(
    chunks: list[bytes], after: bytes, steps: list[int], trailer: bool
) -> None:
    body = b"".join(b"%x;a=b\r\n%s\r\n" % (len(c), c) for c in chunks) + b"0\r\n"
    body += (b"X: y\r\n" if trailer else b"") + b"\r\n"
    data, reader, taken, turn = body + after, Chunks(), 0, 0
    while not reader.done:
        step = steps[turn % len(steps)]
        turn += 1
        taken += reader.feed(data[taken : taken + step])
    assert taken == len(body)


@pytest.mark.parametrize("body", [b"g\r\n", b"\r\n", b"1\nx", b"0" * 20, b"1;" + b"x" * 9000])
def test_a_broken_chunked_body_is_refused(body: bytes) -> None:
    with pytest.raises(FramingError):
        Chunks().feed(body + b"\r\n")
