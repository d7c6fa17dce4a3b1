"""The worker's view of the arena: memory that the front writes large bodies to.

What lies there is read where it lies. Scripts may keep arrays that were made from it, so a place
is only given back once nothing refers to it. When the script forks, what it has at that moment is
made private memory: parent and child must not see each other's changes to it.
"""

import mmap
import os
import sys
import threading
from contextlib import suppress
from typing import Any, Dict, List, NamedTuple, Optional, Set

from . import frames, private_pages, process
from .frames import Place

START = mmap.PAGESIZE  # in the memory that front and worker share; the progress page is before it


class _Body(NamedTuple):
    offset: int
    view: memoryview
    witness: Any  # an array of NumPy's that `view` and all arrays made from it refer to, or None

    def free(self) -> bool:
        """Whether nothing refers to the bytes any more but this."""
        try:
            self.view.release()
        except BufferError:
            return False
        return self.witness is None or self.references() <= _ALONE

    def references(self) -> int:
        """How often the witness is referred to, this and the question included."""
        return sys.getrefcount(self.witness)


_ALONE = _Body(0, memoryview(b""), object()).references()


class ArenaReader:
    """Hands out views, and says which places are free again; threads may share it."""

    def __init__(self, memory: Optional[mmap.mmap]) -> None:
        self._memory = memoryview(memory) if memory is not None else memoryview(b"")
        self._open: Dict[int, _Body] = {}  # by request: what it runs on
        self._kept: List[_Body] = []  # the request is answered, and something refers to it still
        self._lost: Set[int] = set()  # offsets that this process or a child of it has private
        # Destructors of the script may run at any time, and fork.
        self._lock = threading.RLock()

    def open(self, request_id: int, place: Place, arrays: bool) -> memoryview:
        """The bytes of a place, until `done`; with `arrays`, arrays are made of them in place.

        Raises `FrameError` where the place lies outside.
        """
        offset, size = place
        if offset + size > len(self._memory):
            raise frames.FrameError("a place beyond the end of the arena: %r" % (place,))
        witness: Any = None
        if arrays:
            import numpy as np

            # A view of its own right would not do: it can be released below arrays made from it.
            witness = np.frombuffer(self._memory, np.uint8, size, offset)
        view = self._memory[offset : offset + size] if witness is None else memoryview(witness)
        with self._lock:
            self._open[request_id] = _Body(offset, view, witness)
        return view

    def done(self, request_id: int) -> bytes:
        """The request is answered: RELEASE frames for all places that are free now."""
        if not self._open and not self._kept:
            return b""
        with self._lock:
            found = self._open.pop(request_id, None)
            if found is not None:
                self._kept.append(found)
                del found
            out: List[bytes] = []
            kept: List[_Body] = []
            for body in self._kept:
                if not body.free():
                    kept.append(body)
                elif body.offset not in self._lost:
                    out.append(frames.encode_release(body.offset))
            self._kept = kept
            return b"".join(out)

    def before_fork(self) -> None:
        """A child gets what is here now, and nobody will know when it has done with it.

        No thread is in here while the process forks: a child would wait for it for ever.
        """
        self._lock.acquire()
        for body in [*self._kept, *self._open.values()]:
            if body.offset not in self._lost:
                self._lost.add(body.offset)
                if body.witness is not None:
                    with suppress(OSError):  # then they share it, as well as they can
                        private_pages.make_private(body.witness.ctypes.data, body.witness.size)

    def after_fork(self) -> None:
        """The process has forked; called in parent and child."""
        self._lock.release()


def map_arena(fd: int) -> ArenaReader:
    """Map the arena behind `fd`, if there is one; closing `fd` is left to the caller."""
    size = os.fstat(fd).st_size - START
    if size <= 0:
        return ArenaReader(None)
    arena = ArenaReader(mmap.mmap(fd, size, offset=START))
    process.around_forks(arena.before_fork, arena.after_fork)
    return arena
