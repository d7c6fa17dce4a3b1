"""Bodies that come packed: unpacked within the bounds of those that do not, a piece at a time."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from functools import partial

from brygga_server.front.exchange import Exchange
from brygga_server.front.outcomes import Outcome, Refusal

_PIECE = 1 << 20  # bytes that are unpacked at once (3 ms): others are served in between
_GZIP, _ZLIB, _BARE = 31, 15, -15  # as zlib names the wrappings

Then = Callable[[Exchange, Refusal | None], None]
Soon = Callable[[Callable[[], None]], object]


class Unpacker:
    """Unpacks what a dialect has named the coding of."""

    def __init__(self, soon: Soon, reserve: Callable[[Exchange, int], bool]) -> None:
        """Unpacks nothing yet.

        Args:
            soon: Calls a function when others have had their turn.
            reserve: Asks for room for so many bytes more.
        """
        self.largest = 0  # bytes of a body
        self._soon = soon
        self._reserve = reserve

    def unpack(self, exchange: Exchange, then: Then) -> None:
        """Puts the unpacked body in the place of the packed one, and calls `then`, now or later."""
        self._go_on(exchange, _Packed(exchange.body, exchange.coding), bytearray(), then)

    def _go_on(self, exchange: Exchange, packed: _Packed, found: bytearray, then: Then) -> None:
        if exchange.done:
            return  # its client is gone
        try:
            piece = packed.read(_PIECE)
        except zlib.error as error:
            message = f"The body is not what its Content-Encoding says: {error}."
            then(exchange, Refusal(Outcome.BAD_INPUT, message))
            return
        if len(found) + len(piece) > self.largest:
            message = f"The body is larger than the {self.largest} bytes allowed, once unpacked."
            then(exchange, Refusal(Outcome.BODY_TOO_LARGE, message))
            return
        if piece and not self._reserve(exchange, len(piece)):
            then(exchange, Refusal(Outcome.OVERLOAD))
            return
        found += piece
        if not packed.ended:
            self._soon(partial(self._go_on, exchange, packed, found, then))
            return
        exchange.body, exchange.coding = bytes(found), b""
        # A script that reads the headers is not told of a coding that is gone.
        length = (b"Content-Length", b"%d" % len(found))
        kept = [h for h in exchange.headers if h[0].lower() not in _OF_PACKED]
        exchange.headers = [*kept, length]
        then(exchange, None)


_OF_PACKED = frozenset((b"content-encoding", b"content-length", b"transfer-encoding"))


class _Packed:
    """What is still to be unpacked."""

    def __init__(self, data: bytes, coding: bytes) -> None:
        self._wrapping = _GZIP
        if coding == b"deflate":
            # Meant is zlib's form; some send what is inside it alone.
            wrapped = len(data) > 1 and data[0] & 15 == 8 and int.from_bytes(data[:2]) % 31 == 0
            self._wrapping = _ZLIB if wrapped else _BARE
        self._data = data
        self._zlib = zlib.decompressobj(self._wrapping)
        self.ended = False

    def read(self, size: int) -> bytes:
        """At most so many bytes.

        Raises:
            zlib.error: It is damaged, or cut short.
        """
        piece = self._zlib.decompress(self._data, size)
        self._data = self._zlib.unconsumed_tail
        if self._zlib.eof:
            self._data = self._zlib.unused_data
            self.ended = not self._data
            if self._data and self._wrapping != _GZIP:
                raise zlib.error("something follows its end")
            if self._data:  # gzip may be several in a row
                self._zlib = zlib.decompressobj(self._wrapping)
        elif not self._data and len(piece) < size:
            raise zlib.error("it is cut short")
        return piece
