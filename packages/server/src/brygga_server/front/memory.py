"""How much memory processes hold, and whether the kernel has killed for it."""

from __future__ import annotations

import os
from pathlib import Path

_PAGE = os.sysconf("SC_PAGE_SIZE")


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


def kernel_kills() -> int:
    """How often the kernel has killed for memory in our control group; 0 where it does not say."""
    try:
        groups = Path("/proc/self/cgroup").read_text()
        path = groups.partition("0::")[2].partition("\n")[0].lstrip("/")
        events = (Path("/sys/fs/cgroup") / path / "memory.events").read_text()
    except OSError:
        return 0
    for line in events.splitlines():
        name, _, value = line.partition(" ")
        if name == "oom_kill":
            return int(value)
    return 0
