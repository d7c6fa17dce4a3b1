"""What a connection costs at most, whatever its client sends or leaves unread."""

from __future__ import annotations

import tracemalloc

import pytest
from support.http_wire import Echo, answers, connect

from brygga_server.front import protocol
from brygga_server.front.limits import Limits
from brygga_server.front.outcomes import Outcome

GET = b"GET /a HTTP/1.1\r\nHost: x\r\n\r\n"
CHUNKED = b"POST /c HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"


def test_many_small_chunks_take_no_more_memory_than_their_bytes() -> None:
    connection, wire = connect(Echo())
    connection.data_received(CHUNKED)
    some = b"3\r\nabc\r\n" * 1000
    tracemalloc.start()
    try:
        for _ in range(200):
            connection.data_received(some)
        held = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert held < 1_000_000  # for 600,000 bytes of body
    connection.data_received(b"0\r\n\r\n")
    assert answers(wire.written) == [(200, b"POST|/c||" + b"abc" * 200_000)]


@pytest.mark.parametrize("endless", [b"X: " + b"a" * 1000, b"a" * 1000], ids=["trailer", "name"])
def test_trailers_without_end_are_cut(endless: bytes) -> None:
    app = Echo()
    connection, _ = connect(app)
    connection.data_received(CHUNKED + b"1\r\na\r\n0\r\n")
    for _ in range(6):
        connection.data_received(endless)
    assert app.refused[0][0] is Outcome.HEADERS_TOO_LARGE


def test_a_chunk_extension_does_not_gain_time() -> None:
    app = Echo()
    connection, wire = connect(app)
    connection.data_received(CHUNKED + b"1\r\na\r\n1;")
    before = connection.deadline
    app.now += 5
    connection.data_received(b"x")
    assert connection.deadline == before
    connection.expire()
    assert answers(wire.written) == [(408, b"client_too_slow")]


def test_a_head_of_thousands_of_fields_is_refused_once() -> None:
    app = Echo(limits=Limits(1 << 20, 1 << 20, 10, 20, 30))
    connection, wire = connect(app)
    connection.data_received(b"GET / HTTP/1.1\r\nHost: x\r\n" + b"a:b\r\n" * 5000 + b"\r\n" + GET)
    assert answers(wire.written) == [(431, b"headers_too_large")]
    assert app.asked == []


def test_what_is_sent_ahead_without_end_is_answered_in_part() -> None:
    app = Echo(later=True)
    connection, wire = connect(app)
    connection.data_received(GET * 10_000)
    assert len(app.asked) == 1
    while any(not e.done for e in app.asked):
        app.answer_next()
    assert len(app.asked) == 1 + protocol.SENT_AHEAD
    assert wire.written.endswith(b"Connection: close\r\n\r\nGET|/a||")
    assert wire.ended or wire.closed


def test_a_client_that_reads_slowly_is_waited_for_and_one_that_does_not_is_cut() -> None:
    app = Echo()
    connection, wire = connect(app)
    connection.data_received(GET)
    wire.unread = 10_000_000
    connection.pause_writing()
    app.now = connection.deadline
    wire.unread = 9_000_000
    connection.expire()
    assert not wire.aborted
    assert connection.deadline == app.now + 20
    wire.unread = 8_999_000  # a trickle is as good as nothing
    connection.expire()
    assert wire.aborted


def test_connections_beyond_the_bound_are_told_and_beyond_that_cut() -> None:
    app = Echo(limits=Limits(4096, 1 << 20, 10, 20, 30, connections=2, turned_away=1))
    wires = [connect(app)[1] for _ in range(4)]
    assert wires[0].written == wires[1].written == b""
    assert answers(wires[2].written) == [(503, b"overload")]
    assert wires[3].aborted
    assert wires[3].written == b""


def test_the_pace_of_a_body(monkeypatch: pytest.MonkeyPatch) -> None:
    connection, _ = connect(Echo())
    assert connection.body_pace == float("inf")
    monkeypatch.setattr(protocol, "perf_counter", lambda: 100.0)
    connection.data_received(
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 900\r\n\r\n" + b"a" * 30
    )
    assert connection.body_pace == float("inf")  # too early to say
    monkeypatch.setattr(protocol, "perf_counter", lambda: 110.0)
    assert connection.body_pace == pytest.approx(3.0)
