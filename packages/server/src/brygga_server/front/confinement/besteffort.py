"""The best there is where control groups are not ours."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterable
from pathlib import Path

from brygga_server.front.confinement.base import Confinement, Generation
from brygga_server.front.confinement.hierarchies import field_of, text_of
from brygga_server.settings import ServerSettings


class BestEffort(Confinement):
    """Workers keep to so many cores, the front watches their memory."""

    def __init__(self) -> None:
        self._kept: set[int] = set()

    def enter(self) -> None:
        """See `Confinement`."""

    def leave(self) -> None:
        """See `Confinement`."""

    def before_exec(self, settings: ServerSettings) -> Callable[[], None]:
        """See `Confinement`."""
        del settings
        return lambda: None

    def look(self, generations: Iterable[Generation]) -> None:
        """See `Confinement`."""
        ready = {pid: g.settings for g in generations for pid in g.pids}
        for pid in ready.keys() - self._kept:
            cores = _cores_for(ready[pid])
            if cores is not None:
                _keep_to(pid, cores)
        self._kept = set(ready)

    def kernel_kills(self, settings: ServerSettings) -> int:
        """Those of the group that we happen to be in, as in a container."""
        del settings
        return max(field_of(file, "oom_kill") for file in _own_counts())

    def peak(self, settings: ServerSettings) -> int:
        """See `Confinement`."""
        del settings
        return 0

    def describe(self, settings: ServerSettings) -> str:
        """See `Confinement`."""
        cores = _cores_for(settings)
        kept = f"{len(cores)} of the machine's cores and " if cores is not None else ""
        memory = "the front's watch" if settings.memory_bytes else "none"
        return f"cpu: {kept}thread counts; memory: {memory}"


def _own_counts() -> list[Path]:
    """Where the kernel may count its kills in our group: v2, v1 as the host has it, v1 inside."""
    root = Path("/sys/fs/cgroup")
    paths = {}
    for line in text_of(Path("/proc/self/cgroup")).splitlines():
        _, controllers, path = line.split(":", 2)
        paths[controllers] = path.lstrip("/")
    return [
        root / paths.get("", "") / "memory.events",
        root / "memory" / paths.get("memory", "") / "memory.oom_control",
        root / "memory" / "memory.oom_control",
    ]


def _cores_for(settings: ServerSettings) -> set[int] | None:
    """The cores a service keeps to, chosen by its name so that services spread; None: all."""
    if settings.cpu_cores is None:
        return None
    there = sorted(os.sched_getaffinity(0))
    count = max(1, -int(-settings.cpu_cores // 1))
    if count >= len(there):
        return None
    first = sum(settings.service_name.encode())
    return {there[(first + step) % len(there)] for step in range(count)}


def _keep_to(pid: int, cores: set[int]) -> None:
    """All threads there are; those to come inherit it."""
    with contextlib.suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            os.sched_setaffinity(int(task.name), cores)
