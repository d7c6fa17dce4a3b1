"""Packed bodies: what comes out is what was packed, bounded, a piece at a time."""

from __future__ import annotations

import gzip
import zlib
from collections import deque
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.exchanges import KeptExchange

from brygga_server.front.exchange import Exchange
from brygga_server.front.outcomes import Outcome, Refusal
from brygga_server.front.unpacker import Unpacker

LARGEST = 8 << 20


def bare(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


PACKED: dict[str, tuple[bytes, Callable[[bytes], bytes]]] = {
    "gzip": (b"gzip", gzip.compress),
    "x-gzip": (b"x-gzip", gzip.compress),
    "gzip twice": (b"gzip", lambda data: gzip.compress(data[:3]) + gzip.compress(data[3:])),
    "deflate": (b"deflate", zlib.compress),
    "deflate, bare": (b"deflate", bare),
}
EVERY = pytest.mark.parametrize("kind", list(PACKED))


class Turns:
    """Time goes on when it is told to."""

    def __init__(self, room: int = 1 << 30) -> None:
        self.turns: deque[Callable[[], None]] = deque()
        self.room = room
        self.told: list[Refusal | None] = []
        self.unpacker = Unpacker(self.turns.append, self._reserve)
        self.unpacker.largest = LARGEST

    def unpack(self, coding: bytes, body: bytes) -> tuple[KeptExchange, Refusal | None]:
        exchange = self.begin(coding, body)
        while self.turns:
            self.turns.popleft()()
        assert len(self.told) == 1
        return exchange, self.told[0]

    def begin(self, coding: bytes, body: bytes) -> KeptExchange:
        exchange = KeptExchange(body)
        exchange.headers = [(b"Content-Encoding", coding), (b"Content-Length", b"1"), (b"A", b"b")]
        exchange.coding = coding
        self.unpacker.unpack(exchange, lambda _, refusal: self.told.append(refusal))
        return exchange

    def _reserve(self, exchange: Exchange, size: int) -> bool:
        self.room -= size
        return self.room >= 0


@EVERY
@given(data=st.binary(max_size=3000))
def test_what_comes_out_is_what_was_packed(kind: str, data: bytes) -> None:
    coding, pack = PACKED[kind]
    exchange, refusal = Turns().unpack(coding, pack(data))
    assert (refusal, exchange.body, exchange.coding) == (None, data, b"")
    assert exchange.headers == [(b"A", b"b"), (b"Content-Length", b"%d" % len(data))]


@EVERY
def test_others_are_served_in_between(kind: str) -> None:
    coding, pack = PACKED[kind]
    turns = Turns()
    exchange = turns.begin(coding, pack(bytes(LARGEST)))
    count = 0
    while turns.turns:
        turns.turns.popleft()()
        count += 1
    assert count >= 7
    assert turns.told == [None]
    assert len(exchange.body) == LARGEST


@EVERY
def test_a_bomb_is_refused_when_it_is_too_large(kind: str) -> None:
    coding, pack = PACKED[kind]
    turns = Turns()
    exchange, refusal = turns.unpack(coding, pack(bytes(100 << 20)))
    assert refusal is not None
    assert refusal.outcome is Outcome.BODY_TOO_LARGE
    assert len(exchange.body) < 1 << 18
    assert (1 << 30) - turns.room <= LARGEST + (1 << 20)


def test_what_finds_no_room_is_refused() -> None:
    _, refusal = Turns(room=3 << 20).unpack(b"gzip", gzip.compress(bytes(4 << 20)))
    assert refusal == Refusal(Outcome.OVERLOAD)


@EVERY
@given(data=st.binary(min_size=20, max_size=200), cut=st.integers(1, 8))
def test_what_is_cut_short_is_refused(kind: str, data: bytes, cut: int) -> None:
    coding, pack = PACKED[kind]
    _, refusal = Turns().unpack(coding, pack(data)[:-cut])
    assert refusal is not None
    assert refusal.outcome is Outcome.BAD_INPUT
    assert refusal.message.startswith("The body is not what its Content-Encoding says: ")


@given(coding=st.sampled_from([b"gzip", b"deflate"]), body=st.binary(max_size=200))
def test_anything_at_all_is_read_or_refused(coding: bytes, body: bytes) -> None:
    _, refusal = Turns().unpack(coding, body)
    assert refusal is None or refusal.outcome is Outcome.BAD_INPUT


def test_what_follows_a_bare_one_is_refused() -> None:
    _, refusal = Turns().unpack(b"deflate", zlib.compress(b"a") + b"more")
    assert refusal is not None


def test_a_client_that_leaves_ends_it() -> None:
    turns = Turns()
    exchange = turns.begin(b"gzip", gzip.compress(bytes(4 << 20)))
    exchange.done = True
    turns.turns.popleft()()
    assert not turns.turns
    assert turns.told == []
