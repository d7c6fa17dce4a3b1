"""Requests that two servers in a row might read differently: ours reads none of them.

`test_protocol` has the commonest; these are variations that have fooled one server or another.
"""

# ruff: noqa: E501 - a request a line

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.http_wire import Echo, answers, connect

NEXT = b"GET /next HTTP/1.1\r\nHost: x\r\n\r\n"
POST = b"POST / HTTP/1.1\r\nHost: x\r\n"
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"
FORMS = {
    "two codings in two headers": POST + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
    "two identical codings": POST + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunked twice": POST + b"Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
    "a quoted coding": POST + b'Transfer-Encoding: "chunked"\r\n\r\n0\r\n\r\n',
    "a vertical tab before the coding": POST + b"Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n",
    "a form feed after": POST + b"Transfer-Encoding: chunked\x0c\r\n\r\n0\r\n\r\n",
    "a semicolon": POST + b"Transfer-Encoding: chunked;x=1\r\n\r\n0\r\n\r\n",
    "a space before the colon of the coding": POST + b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
    "a folded coding": POST + b"Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n",
    "empty coding": POST + b"Transfer-Encoding: \r\n\r\n",
    "identity": POST + b"Transfer-Encoding: identity\r\n\r\n",
    "a length and a coding": POST + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "hex length": POST + b"Content-Length: 0x3\r\n\r\nabc",
    "two numbers": POST + b"Content-Length: 3 4\r\n\r\nabc",
    "empty length": POST + b"Content-Length: \r\n\r\n",
    "negative length": POST + b"Content-Length: -1\r\n\r\n",
    "huge length": POST + b"Content-Length: 99999999999999999999\r\n\r\n",
    "other digits": POST + b"Content-Length: \xb2\r\n\r\nab",
    "underscores in length": POST + b"Content-Length: 1_0\r\n\r\nabcdefghij",
    "equal lengths twice": POST + b"Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc",
    "negative chunk": CHUNKED + b"-1\r\nx\r\n0\r\n\r\n",
    "overflow chunk": CHUNKED + b"ffffffffffffffffff\r\nx\r\n0\r\n\r\n",
    "space after chunk size": CHUNKED + b"1 \r\nx\r\n0\r\n\r\n",
    "underscore chunk": CHUNKED + b"1_0\r\nx\r\n0\r\n\r\n",
    "empty chunk size": CHUNKED + b"\r\nx\r\n0\r\n\r\n",
    "a line feed in a chunk extension": CHUNKED + b"1;a\nx\r\n0\r\n\r\n",
    "a chunk without its end": CHUNKED + b"1\r\nx0\r\n\r\n",
    "a chunk ended by a carriage return": CHUNKED + b"1\r\nx\r0\r\n\r\n",
    "a body ended by line feeds": CHUNKED + b"1\r\nx\r\n0\n\n",
    "empty name": POST + b": x\r\n\r\n",
    "control in name": POST + b"X\x01: x\r\n\r\n",
    "no colon": POST + b"Xyz\r\n\r\n",
    "tabs in request line": b"GET\t/\tHTTP/1.1\r\nHost: x\r\n\r\n",
    "trailing space": b"GET / HTTP/1.1 \r\nHost: x\r\n\r\n",
    "HTTP/1.10": b"GET / HTTP/1.10\r\nHost: x\r\n\r\n",
    "a method in small letters": b"get / HTTP/1.1\r\nHost: x\r\n\r\n",
    "a protocol in small letters": b"GET / http/1.1\r\nHost: x\r\n\r\n",
    "null in target": b"GET /\0 HTTP/1.1\r\nHost: x\r\n\r\n",
    "DEL in target": b"GET /\x7f HTTP/1.1\r\nHost: x\r\n\r\n",
    "CONNECT": b"CONNECT x:80 HTTP/1.1\r\nHost: x\r\n\r\n",
    "the preface of HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "framing in the trailers": CHUNKED + b"0\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n",
}  # fmt: skip


@pytest.mark.parametrize("request_", FORMS.values(), ids=list(FORMS))
def test_it_is_refused_and_what_follows_is_not_read(request_: bytes) -> None:
    app = Echo()
    connection, wire = connect(app)
    connection.data_received(request_ + NEXT)
    assert answers(wire.written) == [(400, b"malformed")]
    assert app.asked == []
    assert wire.ended or wire.closed


@given(
    name=st.sampled_from((b"Transfer-Encoding", b"Content-Length")),
    before=st.binary(max_size=3),
    value=st.sampled_from((b"chunked", b"3", b"0")),
    after=st.binary(max_size=3),
)
def test_whatever_stands_around_the_framing_nobody_is_asked_twice(
    name: bytes, before: bytes, value: bytes, after: bytes
) -> None:
    """One request that was sent is at most one that is answered 200, and never its body."""
    app = Echo()
    connection, _ = connect(app)
    inner = b"0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"
    head = POST + name + b":" + before + value + after + b"\r\n"
    connection.data_received(head + b"Content-Length: %d\r\n\r\n" % len(inner) + inner)
    paths = [exchange.path for exchange in app.asked]
    assert b"/smuggled" not in paths
