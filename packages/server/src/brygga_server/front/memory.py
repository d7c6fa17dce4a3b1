"""How much memory processes hold, and whether the kernel has killed for it."""

from __future__ import annotations

import ctypes
import gc
import os
from pathlib import Path

_PAGE = os.sysconf("SC_PAGE_SIZE")
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3  # malloc.h
_KEPT = 8 << 20
_ALLOCATIONS = 20_000  # more objects made than freed: a look at the young ones


def keep_freed_memory() -> None:
    """Lets the allocator keep some megabytes of what is freed, for the bodies that come next.

    Else each body above 128 KiB is mapped and unmapped, and the kernel clears all its pages.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:  # glibc has it, musl has not
        mallopt(_M_MMAP_THRESHOLD, _KEPT)
        mallopt(_M_TRIM_THRESHOLD, _KEPT)


def spare_the_collector() -> None:
    """What has been made so far lives as long as the front: the collector need not visit it.

    Requests make no cycles, so it has little to find, and looks less often.
    """
    gc.freeze()
    gc.set_threshold(_ALLOCATIONS, 20, 20)


def resident(pid: int | str = "self") -> int:
    """Resident bytes of a process; 0 where it is gone."""
    try:
        fd = os.open(f"/proc/{pid}/statm", os.O_RDONLY)
    except OSError:
        return 0
    try:
        return int(os.read(fd, 128).split()[1]) * _PAGE
    except (OSError, IndexError, ValueError):
        return 0
    finally:
        os.close(fd)


def available() -> int:
    """Bytes of the host's memory that processes can still take; as much as one asks, if unknown."""
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
        return next(int(x.split()[1]) * 1024 for x in lines if x.startswith("MemAvailable:"))
    except (OSError, StopIteration, ValueError):
        return 1 << 62


def proportional(pid: int | str = "self") -> int:
    """Bytes of a process with each shared page divided among those who share it.

    Exact where children share what their parent had loaded, and slow: the kernel visits every page.
    """
    try:
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return resident(pid)
    for line in rollup.splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    return resident(pid)
