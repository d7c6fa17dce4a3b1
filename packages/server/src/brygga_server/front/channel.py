"""The front's end of the socket to a worker: never waits for the worker, always reads."""

from __future__ import annotations

import socket
from collections.abc import Callable

from brygga_server.front.clock import Loop
from brygga_server.worker import frames

_READ = 1 << 18
_AT_ONCE = 512  # parts in one call; the system takes 1024

OnFrame = Callable[[int, memoryview], None]


class WorkerChannel:
    """Frames over a non-blocking socket.

    Writes go out at once as far as the socket takes them and wait in memory beyond that; were they
    to block, front and worker could each wait for the other to read.
    """

    def __init__(
        self,
        loop: Loop,
        sock: socket.socket,
        on_frame: OnFrame,
        on_garbage: Callable[[str], None],
    ) -> None:
        """Starts reading.

        Args:
            loop: The event loop.
            sock: Our end of the pair.
            on_frame: Called with kind and payload of each frame.
            on_garbage: Called once, with the reason, when what comes is not frames.
        """
        self._loop = loop
        self._sock = sock
        self._on_frame = on_frame
        self._on_garbage = on_garbage
        self._out: list[memoryview] = []
        self._in = bytearray()
        self._closed = False
        self._broken = False
        self.reading = True  # not held back for a client that is slow to read
        sock.setblocking(False)
        loop.add_reader(sock.fileno(), self._readable)

    def send(self, data: bytes) -> None:
        """Sends a frame, now or as soon as the worker has read what is before it."""
        if self._closed:
            return
        if self._out:
            self._out.append(memoryview(data))
            return
        try:
            sent = self._sock.send(data)
        except BlockingIOError:
            sent = 0
        except OSError:  # the worker is gone; whoever reaps it deals with that
            return
        if sent < len(data):
            self._out.append(memoryview(data)[sent:])
            self._loop.add_writer(self._sock.fileno(), self._writable)

    def send_parts(self, parts: list[frames.Buffer]) -> None:
        """Sends a frame that lies in many places, as far as possible without putting it together.

        What the socket does not take at once is kept as it is: nobody may change it any more.
        """
        if len(parts) == 1 and isinstance(parts[0], bytes):
            self.send(parts[0])
            return
        if self._closed:
            return
        views = [memoryview(part) for part in parts if len(part)]
        if not self._out:
            try:
                sent = self._sock.sendmsg(views[:_AT_ONCE])
            except BlockingIOError:
                sent = 0
            except OSError:  # the worker is gone; whoever reaps it deals with that
                return
            views = _rest(views, sent)
            if views:
                self._loop.add_writer(self._sock.fileno(), self._writable)
        self._out += views

    @property
    def flushed(self) -> bool:
        """Whether all that was sent is on its way."""
        return not self._out

    def pause(self, *, paused: bool) -> None:
        """Stops reading, so that a worker that streams waits for its reader; or goes on."""
        if self._closed or paused != self.reading:
            return
        self.reading = not paused
        if paused:
            self._loop.remove_reader(self._sock.fileno())
        else:
            self._loop.add_reader(self._sock.fileno(), self._readable)

    def drain(self) -> None:
        """Reads what a worker that has ended left behind."""
        while not self._closed and self._read():
            pass

    def close(self) -> None:
        """Forgets the worker; nothing is called any more."""
        if self._closed:
            return
        self._closed = True
        self._loop.remove_reader(self._sock.fileno())
        self._loop.remove_writer(self._sock.fileno())
        self._sock.close()
        self._out.clear()

    def _readable(self) -> None:
        if not self._read() and not self._closed:
            # The end: the worker has closed its side, and will be reaped; until then, be quiet.
            self.pause(paused=True)

    def _read(self) -> bool:
        """Reads once; False where there is nothing more, now or ever."""
        try:
            data = self._sock.recv(_READ)
        except BlockingIOError:
            return False
        except OSError:
            return False
        if not data:
            return False
        if self._broken:
            return True
        if self._in:
            self._in += data
            if len(self._in) >= frames.HEADER_SIZE and self._complete():
                whole, self._in = self._in, bytearray()
                self._decode(whole)
        else:
            self._decode(data)
        return True

    def _complete(self) -> bool:
        """Whether a whole frame has come together."""
        try:
            _, length = frames.decode_header(self._in)
        except frames.FrameError:
            return True  # _decode says so
        return len(self._in) >= frames.HEADER_SIZE + length

    def _decode(self, data: bytes | bytearray) -> None:
        view = memoryview(data)
        at, end = 0, len(data)
        try:
            while end - at >= frames.HEADER_SIZE:
                kind, length = frames.decode_header(view[at : at + frames.HEADER_SIZE])
                start = at + frames.HEADER_SIZE
                if end - start < length:
                    break
                at = start + length
                self._on_frame(kind, view[start:at])
                if self._closed:
                    return
        except Exception as error:  # noqa: BLE001 - what a worker says may be anything
            # What follows garbage may look right again, and is not to be believed.
            self._broken = True
            self._in = bytearray()
            self._on_garbage(f"{type(error).__name__}: {error}")
            return
        if at < end:
            self._in = bytearray(view[at:])

    def _writable(self) -> None:
        while self._out:
            try:
                sent = self._sock.sendmsg(self._out[:_AT_ONCE])
            except BlockingIOError:
                return
            except OSError:
                self._out.clear()
                break
            self._out = _rest(self._out, sent)
        self._loop.remove_writer(self._sock.fileno())


def _rest(views: list[memoryview], sent: int) -> list[memoryview]:
    """What is left of `views` when so many bytes are gone."""
    for number, view in enumerate(views):
        if sent < len(view):
            return [view[sent:], *views[number + 1 :]]
        sent -= len(view)
    return []
