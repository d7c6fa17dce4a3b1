"""The page of shared memory that says which request each thread is busy with.

The front reads it when a worker died or hangs: what is written here is the guilty request. It
costs two stores a request, where a frame would cost a system call.

In the last eight bytes the front says which requests it has taken back (`RECALLED_AT`): those up to
that id that have not begun when it is read.
"""

import contextlib
import fcntl
import mmap
import os
import struct
import time
from typing import Union

SLOT_SIZE = 16
_ADD_SEALS = 1033  # the standard library names them since 3.8 or later, and not everywhere
_SEAL_FUTURE_WRITE = 0x10
RECALLED_AT = mmap.PAGESIZE - 8
_ID = struct.Struct("<Q")
_STARTED = struct.Struct("<d")


class ProgressPage:
    """One thread's view of the page: `u64 request id | f64 CLOCK_MONOTONIC seconds` at its slot."""

    def __init__(self, page: mmap.mmap, slot: int = 0) -> None:
        self._page: Union[mmap.mmap, bytearray] = page
        self._at = slot * SLOT_SIZE

    def start(self, request_id: int) -> bool:
        """Say that `request_id` is about to run; the time goes first, the id makes it valid.

        Returns:
            Whether it may run: False where the front has taken it back.
        """
        _STARTED.pack_into(self._page, self._at + 8, time.monotonic())
        _ID.pack_into(self._page, self._at, request_id)
        # After the id: whoever takes it back looks for the id after having said so.
        return bool(_ID.unpack_from(self._page, RECALLED_AT)[0] < request_id)

    def stop(self) -> None:
        """Say that nothing runs."""
        _ID.pack_into(self._page, self._at, 0)

    def detach(self) -> None:
        """Let go of the shared page: a forked child must not speak for its parent."""
        self._page = bytearray(mmap.PAGESIZE)


def map_page(fd: int) -> mmap.mmap:
    """Map the page behind `fd` and close `fd`, so that user code finds nothing to write to.

    Python's mapping keeps a descriptor of its own, hence the seal: what writes to every descriptor
    must not write here.
    """
    try:
        page = mmap.mmap(fd, mmap.PAGESIZE)
        with contextlib.suppress(OSError):  # a kernel before 5.1
            fcntl.fcntl(fd, _ADD_SEALS, _SEAL_FUTURE_WRITE)
        return page
    finally:
        os.close(fd)
