"""Memory that a worker shares, for bodies that are too large to be copied through its socket.

The place of a body is the worker's until it says RELEASE, which it does once nothing of the
script's refers to it. What finds no place travels through the socket as ever.
"""

from __future__ import annotations

import mmap
from bisect import insort
from collections.abc import Sequence

from brygga_server.worker.frames import Buffer, FrameError, Place

SIZE = 16 << 20  # bytes of address space; memory is taken as far as it is written to
LEAST = 32 << 10  # smaller bodies are faster through the socket
_ALIGNED = mmap.PAGESIZE  # each place has its pages for itself: worker/private_pages.py


class BodyArena:
    """Places for one worker."""

    def __init__(self, memory: mmap.mmap, start: int) -> None:
        """Uses `memory` from `start` on."""
        self._memory = memoryview(memory)[start:]
        self._taken: list[tuple[int, int]] = []  # (start, end), in order

    def put(self, parts: Sequence[Buffer], size: int) -> Place | None:
        """Copies parts, one behind the other; None where there is no room for their `size`."""
        at = 0
        for start, end in self._taken:
            if start - at >= size:
                break
            at = -(-end // _ALIGNED) * _ALIGNED
        if at + size > len(self._memory):
            return None
        insort(self._taken, (at, at + size))
        place = Place(at, size)
        for part in parts:
            end = at + len(part)
            self._memory[at:end] = part
            at = end
        return place

    def release(self, offset: int) -> None:
        """A place is free again.

        Raises:
            FrameError: There is none at this offset.
        """
        for number, (start, _) in enumerate(self._taken):
            if start == offset:
                del self._taken[number]
                return
        raise FrameError(f"nothing lies at {offset} in the arena")

    def close(self) -> None:
        """Lets go of the memory, so that it can be unmapped."""
        self._memory.release()
