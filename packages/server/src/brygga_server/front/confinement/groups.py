"""Limits that the kernel holds, by control groups.

A control plane names a folder for the service in each hierarchy (`control_groups` of the settings);
below it the front and each generation of workers have a group of their own::

    <service>                          the limits of the service
      front-<pid of the front>
      workers-<pid of the front>-<revision>     its memory limit

While a generation starts it has no CPU quota, so that imports and `init()` are over soon: then the
quota stands on the groups of those that serve, else on the service. While two generations live,
the service may hold the memory of both. A worker enters its group before it executes anything.

Two fronts of a service may live for a while, one of them leaving; each looks after its own groups,
and after those of fronts that are gone.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Container, Iterable, Mapping
from pathlib import Path

from brygga_server.front.confinement.base import Confinement, Generation
from brygga_server.front.confinement.hierarchies import Hierarchy, write
from brygga_server.settings import ServerSettings


class ControlGroups(Confinement):
    """Limits that the kernel holds."""

    def __init__(self, hierarchy: Hierarchy) -> None:
        self._hierarchy = hierarchy
        self._seen: object = None
        self._own = str(os.getpid())
        self._before: list[Path] = []  # the groups that this process was in
        self.trouble = ""  # why a limit could not be set

    def enter(self) -> None:
        """See `Confinement`."""
        group = f"front-{self._own}"
        self._make(group)
        self._before = self._hierarchy.present()
        for folder in self._hierarchy.folders:
            write(folder / group / "cgroup.procs", 0)

    def leave(self) -> None:
        """See `Confinement`."""
        for group in self._before:
            with contextlib.suppress(OSError):  # it may be gone, or not ours to enter again
                write(group / "cgroup.procs", 0)

    def before_exec(self, settings: ServerSettings) -> Callable[[], None]:
        """See `Confinement`."""
        group = self._group(settings)
        self._make(group)
        if settings.memory_bytes is not None:
            self._hierarchy.set_memory(group, settings.memory_bytes)
        files = [folder / group / "cgroup.procs" for folder in self._hierarchy.folders]

        def enter() -> None:
            for file in files:
                write(file, 0)

        return enter

    def look(self, generations: Iterable[Generation]) -> None:
        """See `Confinement`."""
        known = list(generations)
        groups = self._hierarchy.groups()
        cores = {self._group(g.settings): g.settings.cpu_cores for g in known}
        starting = {self._group(g.settings) for g in known if not g.contract}
        state = (groups, starting, cores)
        if state == self._seen:
            return
        try:
            left = self._tidy(groups, cores)
            self._seen = None if left else state  # what has members still is looked at again
            self._share(self._hierarchy.groups(), starting, cores)
            self.trouble = ""
        except OSError as error:
            self.trouble = f"{error.filename}: {error.strerror}"

    def kernel_kills(self, settings: ServerSettings) -> int:
        """See `Confinement`."""
        return self._hierarchy.kills(self._group(settings))

    def peak(self, settings: ServerSettings) -> int:
        """See `Confinement`."""
        return self._hierarchy.peak(self._group(settings))

    def describe(self, settings: ServerSettings) -> str:
        """See `Confinement`."""
        name = self._hierarchy.name
        cores = "1 core" if settings.cpu_cores == 1 else f"{settings.cpu_cores or 0:g} cores"
        cpu = f"cpu: {name} quota of {cores}" if settings.cpu_cores else ""
        memory = f"memory: {name} and the front's watch" if settings.memory_bytes else ""
        trouble = f"not set: {self.trouble}" if self.trouble else ""
        return "; ".join(part for part in (cpu, memory, trouble) if part) or "none"

    def _group(self, settings: ServerSettings) -> str:
        return f"workers-{self._own}-{settings.revision}"

    def _make(self, group: str) -> None:
        for folder in self._hierarchy.folders:
            self._hierarchy.make(folder)
            self._hierarchy.make(folder / group)

    def _tidy(self, groups: list[str], known: Container[str]) -> bool:
        """Removes groups whose generation, or whose front, is gone; whether one is left."""
        left = False
        for group in groups:
            front = group.split("-")[1]
            gone = group not in known if front == self._own else not Path("/proc", front).exists()
            if gone and group != f"front-{self._own}":
                left = not self._hierarchy.remove(group) or left
        return left

    def _share(
        self, groups: list[str], starting: set[str], cores: Mapping[str, float | None]
    ) -> None:
        """Sets the quotas; a part may not have more than the whole, so one of them goes first."""
        workers = [group for group in groups if group.startswith("workers-")]
        newest = next(reversed(list(cores.values())), None)
        if starting:
            self._hierarchy.set_cpu("", None)
        for group in workers:
            serves = bool(starting) and group not in starting
            self._hierarchy.set_cpu(group, cores.get(group, newest) if serves else None)
        if not starting:
            self._hierarchy.set_cpu("", newest)
        total = sum(self._hierarchy.memory(group) for group in workers)
        if total:
            self._hierarchy.set_memory("", total)
