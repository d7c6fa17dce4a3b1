"""The worker's end of the frame socket."""

import collections
import errno
import fcntl
import os
import resource
import select
import socket
from typing import Deque, Optional, Set, Tuple, Union

from . import frames

Frame = Tuple[int, memoryview]

# Daemonising code closes the low descriptors, and a script that writes to "fd 3" should miss.
_HIGHEST = 1000


class ClosedError(Exception):
    """The front is gone, or has closed this worker's socket."""


class FrontChannel:
    """Reads whole frames, writes whole frames, and reads while it cannot write.

    The last one keeps two peers with full socket buffers from waiting for each other for ever.
    """

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self.read_while_writing = True  # False where another thread always reads
        self._early: Deque[Frame] = collections.deque()
        self._streams: Set[int] = set()
        self._cancelled: Set[int] = set()

    def read(self) -> Frame:
        """The next frame; blocks. Raises `ClosedError` at the end, `FrameError` on garbage."""
        if self._early:
            return self._early.popleft()
        frame = self._read_frame()
        while self._cancels(frame):
            frame = self._read_frame()
        return frame

    def begin_stream(self, id_: int) -> None:
        """From now on `cancelled` can say whether somebody reads the body of this request."""
        self._streams.add(id_)

    def end_stream(self, id_: int) -> None:
        """The body is complete."""
        self._streams.discard(id_)
        self._cancelled.discard(id_)

    def cancelled(self, id_: int) -> bool:
        """Whether the front has said that nobody reads this body any more; does not wait."""
        if self.read_while_writing:
            poller = select.poll()
            poller.register(self._sock, select.POLLIN)
            while poller.poll(0):
                self._read_early()
        return id_ in self._cancelled

    def write(self, data: Union[bytes, bytearray]) -> None:
        """Send all of `data`, however long the front takes to read it."""
        try:
            sent = self._sock.send(data, socket.MSG_DONTWAIT)
        except BlockingIOError:
            sent = 0
        except OSError as error:
            raise ClosedError(str(error)) from error
        if sent < len(data):
            self._write_rest(memoryview(data)[sent:])

    def close(self) -> None:
        """Close this process's end; the front sees it when no other process holds it."""
        self._sock.close()

    def _read_early(self) -> None:
        frame = self._read_frame()
        if not self._cancels(frame):
            self._early.append(frame)

    def _cancels(self, frame: Frame) -> bool:
        """Whether the frame was a CANCEL, which is noted if the stream has not ended by itself."""
        kind, payload = frame
        if kind != frames.CANCEL:
            return False
        id_ = frames.decode_number(payload)
        if id_ in self._streams:
            self._cancelled.add(id_)
        return True

    def _read_frame(self) -> Frame:
        kind, length = frames.decode_header(self._receive(frames.HEADER_SIZE))
        if not length:
            return kind, memoryview(b"")
        return kind, memoryview(self._receive(length))

    def _receive(self, size: int) -> bytearray:
        # A fresh buffer for each frame: arrays made from it may be kept by user code.
        data = bytearray(size)
        view = memoryview(data)
        have = 0
        while have < size:
            try:
                got = self._sock.recv_into(view[have:])
            except OSError as error:
                raise ClosedError(str(error)) from error
            if not got:
                raise ClosedError("the front has closed the socket")
            have += got
        return data

    def _write_rest(self, rest: memoryview) -> None:
        poller = select.poll()
        reading = select.POLLIN if self.read_while_writing else 0
        poller.register(self._sock, select.POLLOUT | reading)
        while rest:
            events = poller.poll()[0][1]
            if events & select.POLLOUT:
                try:
                    rest = rest[self._sock.send(rest, socket.MSG_DONTWAIT) :]
                except BlockingIOError:
                    pass
                except OSError as error:
                    raise ClosedError(str(error)) from error
            elif events & select.POLLIN:
                self._read_early()
            else:
                raise ClosedError("the front has closed the socket")


def adopt(fd: int) -> FrontChannel:
    """Move the socket behind `fd` to a high descriptor that child programs do not inherit."""
    high: Optional[int] = None
    soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    lowest = _HIGHEST if soft == resource.RLIM_INFINITY else min(_HIGHEST, soft - 8)
    try:
        high = fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, lowest)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.EMFILE):
            raise
    if high is None:
        os.set_inheritable(fd, False)
        high = fd
    else:
        os.close(fd)
    sock = socket.socket(fileno=high)
    sock.setblocking(True)
    return FrontChannel(sock)
