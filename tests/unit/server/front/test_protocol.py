"""What one connection makes of bytes: in any pieces, in order, and never more than allowed."""

# ruff: noqa: E501 - requests read best in one line

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.http_wire import Echo, answers, connect

from brygga_server.front.limits import Limits
from brygga_server.front.outcomes import Outcome

GET = b"GET /a?x=1 HTTP/1.1\r\nHost: x\r\n\r\n"
POST = b"POST /score HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello"
CHUNKED = (
    b"POST /c HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"3\r\nabc\r\n2;ext=1\r\nde\r\n0\r\nTrailer: y\r\n\r\n"
)
OLD = b"GET /old HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"
ANSWERS = {
    GET: (200, b"GET|/a|x=1|"),
    POST: (200, b"POST|/score||hello"),
    CHUNKED: (200, b"POST|/c||abcde"),
    OLD: (200, b"GET|/old||"),
}


def pieces(data: bytes, cuts: list[int]) -> list[bytes]:
    at = sorted({min(cut, len(data)) for cut in cuts} | {0, len(data)})
    return [data[a:b] for a, b in pairwise(at)]


@settings(deadline=None)
@given(st.lists(st.sampled_from(list(ANSWERS)), max_size=8), st.lists(st.integers(0, 900)))
def test_any_split_gives_the_same_answers(requests: list[bytes], cuts: list[int]) -> None:
    connection, wire = connect(Echo())
    for piece in pieces(b"".join(requests), cuts):
        connection.data_received(piece)
    assert answers(wire.written) == [ANSWERS[request] for request in requests]
    assert not wire.closed


@settings(deadline=None)
@given(st.lists(st.sampled_from(list(ANSWERS)), max_size=8), st.lists(st.integers(0, 900)))
def test_requests_sent_ahead_are_answered_in_order(requests: list[bytes], cuts: list[int]) -> None:
    app = Echo(later=True)
    connection, wire = connect(app)
    for piece in pieces(b"".join(requests), cuts):
        connection.data_received(piece)
        assert len([e for e in app.asked if not e.done]) <= 1
    for _ in requests:
        app.answer_next()
    assert answers(wire.written) == [ANSWERS[request] for request in requests]
    assert wire.reading


@settings(deadline=None)
@given(st.binary(max_size=400))
def test_random_bytes_never_crash(data: bytes) -> None:
    connection, _ = connect(Echo())
    connection.data_received(data)
    connection.data_received(data)
    connection.eof_received()
    connection.connection_lost(None)


@settings(deadline=None)
@given(st.data())
def test_damaged_requests_never_crash(data: st.DataObject) -> None:
    request = bytearray(data.draw(st.sampled_from(list(ANSWERS))) * 2)
    for _ in range(data.draw(st.integers(1, 4))):
        request[data.draw(st.integers(0, len(request) - 1))] = data.draw(st.integers(0, 255))
    app = Echo()
    connection, wire = connect(app)
    for piece in pieces(bytes(request), data.draw(st.lists(st.integers(0, 300), max_size=4))):
        if not wire.closed:
            connection.data_received(piece)
    connection.connection_lost(None)
    assert all(e.done for e in app.asked)


def test_ten_thousand_requests_in_one_piece_do_not_recurse() -> None:
    connection, wire = connect(Echo())
    connection.data_received(GET * 10_000)
    assert len(answers(wire.written)) == 10_000


SMUGGLING = {
    "both framings": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "both framings, swapped": b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n",
    "two lengths": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
    "a list of lengths": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3, 3\r\n\r\nabc",
    "a signed length": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: +3\r\n\r\nabc",
    "a folded header": b"GET / HTTP/1.1\r\nHost: x\r\nX: a\r\n b\r\n\r\n",
    "a bare line feed": b"GET / HTTP/1.1\r\nHost: x\nX: y\r\n\r\n",
    "a bare carriage return": b"GET / HTTP/1.1\r\nHost: x\rX: y\r\n\r\n",
    "a space before the colon": b"GET / HTTP/1.1\r\nHost : x\r\n\r\n",
    "a space before the name": b"GET / HTTP/1.1\r\n Host: x\r\n\r\n",
    "a null byte": b"GET / HTTP/1.1\r\nHost: x\r\nX: a\0b\r\n\r\n",
    "an unknown coding": b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "a second coding": b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "chunked not last": b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    "chunked in 1.0": b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "a chunk longer than said": b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nxy\r\n0\r\n\r\n",
    "a hexadecimal prefix": b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0x1\r\nx\r\n0\r\n\r\n",
    "a bare line feed in a chunk": b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\nx\r\n0\r\n\r\n",
    "two hosts": b"GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
    "no host": b"GET / HTTP/1.1\r\n\r\n",
    "HTTP/2 by assertion": b"GET / HTTP/2.0\r\nHost: x\r\n\r\n",
    "HTTP/0.9": b"GET /\r\n\r\n",
    "no target": b"GET a b HTTP/1.1\r\nHost: x\r\n\r\n",
}  # fmt: skip


@pytest.mark.parametrize("request_", SMUGGLING.values(), ids=list(SMUGGLING))
def test_smuggling_is_refused_and_what_follows_is_not_run(request_: bytes) -> None:
    app = Echo()
    connection, wire = connect(app)
    connection.data_received(request_ + GET)
    assert answers(wire.written)[0][0] == 400
    assert len(answers(wire.written)) == 1
    assert app.asked == []
    assert wire.ended or wire.closed


def test_a_refusal_waits_for_the_answers_before_it() -> None:
    app = Echo(later=True)
    connection, wire = connect(app)
    connection.data_received(POST + b"nonsense\r\n\r\n")
    assert wire.written == b""
    app.answer_next()
    assert [status for status, _ in answers(wire.written)] == [200, 400]


def test_a_body_that_is_too_large_is_refused_before_it_is_sent() -> None:
    app = Echo(limits=Limits(4096, 10, 10, 20, 30))
    connection, wire = connect(app)
    connection.data_received(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 11\r\n\r\n")
    assert answers(wire.written) == [(413, b"body_too_large")]
    assert "10 bytes" in app.refused[0][1]
    assert wire.ended
    assert not wire.closed  # what is on its way is read, so that the answer is not reset away
    connection.eof_received()


def test_a_chunked_body_that_grows_too_large_is_refused() -> None:
    app = Echo(limits=Limits(4096, 10, 10, 20, 30))
    connection, wire = connect(app)
    connection.data_received(CHUNKED)
    connection.data_received(CHUNKED.replace(b"2;ext=1\r\nde", b"8\r\n12345678"))
    assert [status for status, _ in answers(wire.written)] == [200, 413]


def test_bodies_beyond_the_common_bound_are_refused() -> None:
    app = Echo(room=4)
    connection, wire = connect(app)
    connection.data_received(POST)
    assert answers(wire.written) == [(503, b"overload")]


def test_continue_is_said_once_and_only_to_the_welcome() -> None:
    connection, wire = connect(Echo())
    head = POST[: -len(b"\r\n\r\nhello")] + b"\r\nExpect: 100-continue\r\n\r\n"
    connection.data_received(head)
    assert wire.written == b"HTTP/1.1 100 Continue\r\n\r\n"
    connection.data_received(b"hello")
    assert answers(wire.written)[-1] == (200, b"POST|/score||hello")

    connection, wire = connect(Echo())
    connection.data_received(head.replace(b"/score", b"/forbidden"))
    assert answers(wire.written) == [(401, b"unauthorized")]


def test_a_small_body_of_a_refused_request_keeps_the_connection() -> None:
    connection, wire = connect(Echo())
    connection.data_received(POST.replace(b"/score", b"/forbidden") + GET)
    assert [status for status, _ in answers(wire.written)] == [401, 200]
    assert not wire.closed


def test_a_head_without_end_is_cut() -> None:
    app = Echo()
    connection, _ = connect(app)
    connection.data_received(b"GET / HTTP/1.1\r\nX: ")
    for _ in range(5):
        connection.data_received(b"a" * 1000)
    assert app.refused[0][0] is Outcome.HEADERS_TOO_LARGE


def test_a_large_head_in_one_piece_is_refused() -> None:
    app = Echo()
    connection, _ = connect(app)
    connection.data_received(b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 5000 + b"\r\n\r\n")
    assert app.refused[0][0] is Outcome.HEADERS_TOO_LARGE


def test_deadlines() -> None:
    app = Echo()
    connection, wire = connect(app)
    assert connection.deadline == 110  # for the head
    connection.data_received(GET[:10])
    app.now = connection.deadline
    connection.expire()
    assert answers(wire.written) == [(408, b"client_too_slow")]

    connection, wire = connect(app)
    connection.data_received(POST[:-1])
    assert connection.deadline == app.now + 20  # for the body
    connection.expire()
    assert answers(wire.written) == [(408, b"client_too_slow")]

    connection, wire = connect(app)
    connection.data_received(GET)
    assert connection.deadline == app.now + 30  # at rest
    connection.expire()
    assert wire.closed
    assert len(answers(wire.written)) == 1


def test_no_deadline_while_we_are_at_work() -> None:
    app = Echo(later=True)
    connection, _ = connect(app)
    connection.data_received(GET)
    assert connection.deadline == float("inf")


def test_a_half_closed_client_is_answered_then_closed() -> None:
    app = Echo(later=True)
    connection, wire = connect(app)
    connection.data_received(GET + POST)
    assert connection.eof_received() is True
    app.answer_next()
    app.answer_next()
    assert [status for status, _ in answers(wire.written)] == [200, 200]
    assert wire.closed


def test_a_half_closed_client_that_waits_for_long_is_asked_whether_it_is_there() -> None:
    app = Echo(later=True)
    connection, wire = connect(app)
    connection.data_received(GET)
    connection.eof_received()
    connection.probe(200.0)
    assert wire.written == b""
    connection.probe(201.5)
    assert wire.written == b"HTTP/1.1 100 Continue\r\n\r\n"


def test_a_client_that_leaves_takes_its_requests_along() -> None:
    app = Echo(later=True)
    connection, _ = connect(app)
    connection.data_received(GET + POST)
    connection.connection_lost(None)
    assert len(app.gone) == 2
    assert app.connections == set()
    app.answer(app.asked[0])  # a late answer is for nobody


def test_connection_close_ends_it_and_what_follows_is_ignored() -> None:
    app = Echo()
    connection, wire = connect(app)
    connection.data_received(GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n") + GET)
    assert len(answers(wire.written)) == 1
    assert wire.closed


OFFER = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n"
OFFERS = {
    request.replace(b"Host: x\r\n", b"Host: x\r\n" + OFFER): answer
    for request, answer in ANSWERS.items()
    if request is not OLD
}


@settings(deadline=None)
@given(st.lists(st.sampled_from([*OFFERS, *ANSWERS]), max_size=8), st.lists(st.integers(0, 900)))
def test_an_offered_upgrade_is_not_heard(requests: list[bytes], cuts: list[int]) -> None:
    connection, wire = connect(Echo())
    for piece in pieces(b"".join(requests), cuts):
        connection.data_received(piece)
    assert answers(wire.written) == [(ANSWERS | OFFERS)[request] for request in requests]
    assert not wire.closed


def test_an_offer_does_not_keep_a_connection_that_its_client_closes() -> None:
    connection, wire = connect(Echo())
    offer = GET.replace(b"\r\n\r\n", b"\r\nConnection: close, Upgrade\r\nUpgrade: h2c\r\n\r\n")
    connection.data_received(offer + GET)
    assert len(answers(wire.written)) == 1
    assert wire.closed or wire.ended


def test_a_body_behind_an_offer_has_its_bounds() -> None:
    app = Echo(limits=Limits(4096, 10, 10, 20, 30))
    connection, wire = connect(app)
    offer = CHUNKED.replace(b"Host: x\r\n", b"Host: x\r\n" + OFFER)
    connection.data_received(offer.replace(b"2;ext=1\r\nde", b"8\r\n12345678"))
    assert [status for status, _ in answers(wire.written)] == [413]


def test_a_tunnel_is_refused() -> None:
    connection, wire = connect(Echo())
    connection.data_received(b"CONNECT x:80 HTTP/1.1\r\nHost: x:80\r\n\r\n" + GET)
    assert len(answers(wire.written)) == 1
    assert wire.closed or wire.ended


@pytest.mark.parametrize("damage", [b"Host : x\r\n", b"X: a\0\r\n"])
def test_a_malformed_head_request_is_answered_without_a_body(damage: bytes) -> None:
    connection, wire = connect(Echo())
    connection.data_received(b"HEAD / HTTP/1.1\r\n" + damage + b"\r\n")
    assert wire.written.startswith(b"HTTP/1.1 400 ")
    assert wire.written.endswith(b"\r\n\r\n")
    connection, wire = connect(Echo())
    connection.data_received(GET + b"HE AD")  # of what method, nobody knows
    assert answers(wire.written)[-1] == (400, b"malformed")


def test_a_client_that_does_not_read_is_not_read_either() -> None:
    app = Echo(later=True)
    connection, wire = connect(app)
    connection.data_received(GET + POST)
    app.answer_next()
    connection.pause_writing()
    assert not wire.reading
    app.answer_next()
    connection.resume_writing()
    assert len(answers(wire.written)) == 2
    assert app.asked[1].done


def test_absolute_targets_and_fragments() -> None:
    app = Echo()
    connection, _ = connect(app)
    connection.data_received(GET.replace(b"/a?x=1", b"http://h/b?y=2"))
    connection.data_received(GET.replace(b"/a?x=1", b"/c?z#frag"))
    assert [(e.path, e.query) for e in app.asked] == [(b"/b", b"y=2"), (b"/c", b"z")]


PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"


@pytest.mark.parametrize("parts", [[PREFACE], [PREFACE[:18]], [PREFACE[:7], PREFACE[7:]]])
def test_who_begins_in_http2_is_told_what_is_spoken(parts: list[bytes]) -> None:
    """Also where only its first part comes: a proxy takes that for a whole request."""
    app = Echo()
    connection, wire = connect(app)
    for part in parts:
        connection.data_received(part)
    assert answers(wire.written) == [(400, b"malformed")]
    assert [refusal.message for refusal in app.refused] == [
        "HTTP/2.0 is not spoken here, HTTP/1.1 is."
    ]
