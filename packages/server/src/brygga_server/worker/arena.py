"""The worker's view of the arena: memory that the front writes large bodies to.

What lies there is read where it lies. Scripts may keep arrays that were made from it, so a place
is only given back once nothing refers to it.
"""

import mmap
import os
import sys
import threading
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Set

from . import frames
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


class Arena:
    """Hands out views, and says which places are free again; threads may share it."""

    def __init__(self, memory: Optional[mmap.mmap]) -> None:
        self._memory = memoryview(memory) if memory is not None else memoryview(b"")
        self._open: Dict[int, _Body] = {}  # by request: what it runs on
        self._kept: List[_Body] = []  # the request is answered, and something refers to it still
        self._lost: Set[int] = set()  # offsets that a child process may read
        self._lock = threading.Lock()

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
            bodies, self._kept = self._kept, []
            found = self._open.pop(request_id, None)
            if found is not None:
                bodies.append(found)
                del found
            out: List[bytes] = []
            for body in bodies:
                if not body.free():
                    self._kept.append(body)
                elif body.offset not in self._lost:
                    out.append(frames.encode_release(body.offset))
            return b"".join(out)

    def forked(self) -> None:
        """A child may read what is here now, and nobody will know when it has done so."""
        self._lost.update(body.offset for body in self._kept)
        self._lost.update(body.offset for body in self._open.values())


def map_arena(fd: int, before_fork: Callable[[Callable[[], None]], None]) -> Arena:
    """Map the arena behind `fd`, if there is one; closing `fd` is left to the caller."""
    size = os.fstat(fd).st_size - START
    if size <= 0:
        return Arena(None)
    arena = Arena(mmap.mmap(fd, size, offset=START))
    before_fork(arena.forked)
    return arena
