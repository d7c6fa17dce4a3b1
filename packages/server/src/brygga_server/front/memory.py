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


def available(root: Path = Path("/")) -> int:
    """Bytes that processes can still take, of the host and of the container that this runs in.

    As much as one asks, where nothing is known.
    """
    host = _field(root / "proc/meminfo", "MemAvailable:") * 1024
    return min(host or 1 << 62, _room_in_container(root / "sys/fs/cgroup"))


def _room_in_container(groups: Path) -> int:
    """As a container sees its own group: at the root of what is mounted there."""
    v1 = groups / "memory"
    for limit, used, stat in (
        (groups / "memory.max", groups / "memory.current", groups / "memory.stat"),
        (v1 / "memory.limit_in_bytes", v1 / "memory.usage_in_bytes", v1 / "memory.stat"),
    ):
        try:
            room = int(limit.read_text()) - int(used.read_text())
        except (OSError, ValueError):  # none, or "max"
            continue
        return room + _field(stat, "inactive_file")  # pages of files, given up when needed
    return 1 << 62


def _field(file: Path, name: str) -> int:
    """A number behind its name; 0 for none."""
    try:
        lines = file.read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith(name))
    except (OSError, StopIteration, ValueError):
        return 0


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
