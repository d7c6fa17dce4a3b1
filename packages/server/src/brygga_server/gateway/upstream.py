"""A connection to a replica: one request at a time, kept for the next one."""

from __future__ import annotations

import asyncio
from typing import Protocol, cast

from brygga_server.gateway.framing import Chunks, FramingError, response_head

_LONGEST_HEAD = 1 << 18
_EMPTY = b""


class Asker(Protocol):
    """Who waits for the answer."""

    def answered(self, data: bytes) -> None:
        """A part of the answer, as it came."""

    def answer_complete(self, *, reusable: bool) -> None:
        """All of it was passed on."""

    def answer_failed(self, *, begun: bool, unread: bool) -> None:
        """The replica went away.

        Args:
            begun: A part of the answer was passed on.
            unread: The replica has not read the whole request, so it has not run it.
        """

    def upstream_stalled(self, stalled: bool) -> None:
        """The replica does not take more of the request for now, or takes it again."""


class Upstream(asyncio.Protocol):
    """One connection; `ask`, then the asker hears of the answer."""

    __slots__ = (
        "_asker", "_begun", "_buffer", "_chunks", "_left", "_paused", "_to_head", "transport",
        "unusable",
    )  # fmt: skip

    def __init__(self) -> None:
        self.transport = cast("asyncio.Transport", None)
        self.unusable = False
        self._asker: Asker | None = None
        self._buffer = _EMPTY  # an unfinished head
        self._begun = False
        self._paused = False
        self._to_head = False
        self._left: int | None = -1  # of the body; -1: the head is awaited; None: until the end
        self._chunks: Chunks | None = None

    def ask(self, asker: Asker, data: bytes, *, to_head: bool) -> None:
        """Sends a request, or its beginning; the rest goes through `transport.write`."""
        self._asker = asker
        self._to_head = to_head
        self._begun = False
        self._left = -1
        self._chunks = None
        self.transport.write(data)

    def give_up(self) -> None:
        """The asker is gone; the replica learns of it."""
        self._asker = None
        self.unusable = True
        self.transport.abort()

    def pause(self) -> None:
        """The asker cannot take more for now."""
        if not self._paused and not self.transport.is_closing():
            self._paused = True
            self.transport.pause_reading()

    def resume(self) -> None:
        """The asker takes the rest, or there is a new one."""
        if self._paused and not self.transport.is_closing():
            self._paused = False
            self.transport.resume_reading()

    def expire(self) -> None:
        """The replica does nothing any more."""
        self._fail(unread=False)
        self.transport.abort()

    # -- what asyncio calls ---------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See `asyncio.Protocol`."""
        self.transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """See `asyncio.Protocol`."""
        asker = self._asker
        if asker is None:  # nobody asked: whatever it is, it belongs to no request
            self.unusable = True
            self.transport.abort()
            return
        try:
            if self._left == -1:
                self._read_head(asker, data)
            else:
                self._pass_body(asker, data)
        except FramingError:
            self._fail(unread=False)
            self.transport.abort()

    def eof_received(self) -> bool:
        """See `asyncio.Protocol`."""
        self.unusable = True
        if self._asker is not None and self._left is None:
            self._complete(reusable=False)
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """A replica that closes without having read all resets the connection; else it ends."""
        self.unusable = True
        if self._asker is not None:
            self._fail(unread=isinstance(exc, (ConnectionResetError, BrokenPipeError)))

    def pause_writing(self) -> None:
        """See `asyncio.Protocol`."""
        if self._asker is not None:
            self._asker.upstream_stalled(True)

    def resume_writing(self) -> None:
        """See `asyncio.Protocol`."""
        if self._asker is not None:
            self._asker.upstream_stalled(False)

    # -- the answer -----------------------------------------------------------------------------

    def _read_head(self, asker: Asker, data: bytes) -> None:
        if self._buffer:
            data, self._buffer = self._buffer + data, _EMPTY
        end = data.find(b"\r\n\r\n") + 4
        if end < 4:
            if len(data) > _LONGEST_HEAD:
                raise FramingError("The head of the answer is too large.")
            self._buffer = data
            return
        head = response_head(data[:end], to_head=self._to_head)
        if head.status < 200:
            asker.answered(data[:end])
            if len(data) > end:
                self._read_head(asker, data[end:])
            return
        self._begun = True
        self.unusable = self.unusable or head.close
        size = len(data) - end
        if head.length is not None:
            if size > head.length:  # an answer nobody asked for stands behind it
                data, size, self.unusable = data[: end + head.length], head.length, True
            self._left = head.length - size
            asker.answered(data)
            if not self._left:
                self._complete(reusable=not self.unusable)
            return
        self._left = None
        if head.chunked:
            self._chunks = Chunks()
        asker.answered(data[:end])
        if size:
            self._pass_body(asker, data[end:])

    def _pass_body(self, asker: Asker, data: bytes) -> None:
        if self._chunks is not None:
            size = self._chunks.feed(data)
            if size < len(data):
                self.unusable = True
            asker.answered(data[:size])
            if self._chunks.done:
                self._complete(reusable=not self.unusable)
            return
        if self._left is None:
            asker.answered(data)
            return
        if len(data) > self._left:
            data, self.unusable = data[: self._left], True
        self._left -= len(data)
        asker.answered(data)
        if not self._left:
            self._complete(reusable=not self.unusable)

    def _complete(self, *, reusable: bool) -> None:
        asker, self._asker = self._asker, None
        if asker is not None:
            asker.answer_complete(reusable=reusable)

    def _fail(self, *, unread: bool) -> None:
        asker, self._asker = self._asker, None
        self.unusable = True
        if asker is not None:
            asker.answer_failed(begun=self._begun, unread=unread and not self._buffer)
