"""How the two versions of control groups spell what is asked of them."""

from __future__ import annotations

import abc
import contextlib
import os
from pathlib import Path

_PERIOD_US = 100_000
_NO_QUOTA = -1


class Hierarchy(abc.ABC):
    """How a version of control groups spells what is asked of it."""

    name: str
    folders: tuple[Path, ...]  # of the service, one in each hierarchy, two below its mount
    controllers: tuple[str, ...]  # that name each of these hierarchies in /proc/*/cgroup

    @abc.abstractmethod
    def make(self, folder: Path) -> None:
        """Makes a group whose members may be limited; there already is fine."""

    @abc.abstractmethod
    def set_cpu(self, group: str, cores: float | None) -> None:
        """The quota of a group below the service's, `""` for that itself; None: no quota."""

    @abc.abstractmethod
    def set_memory(self, group: str, limit: int) -> None:
        """The limit of a group in bytes."""

    @abc.abstractmethod
    def memory(self, group: str) -> int:
        """The limit that was set."""

    @abc.abstractmethod
    def peak(self, group: str) -> int:
        """The most that was charged to the group."""

    @abc.abstractmethod
    def kills(self, group: str) -> int:
        """How many processes of the group the kernel has killed."""

    def groups(self) -> list[str]:
        """The groups below the service's that fronts have made."""
        try:
            found = [path.name for path in self.folders[-1].iterdir() if path.is_dir()]
        except OSError:
            return []
        return sorted(name for name in found if name.startswith(("front-", "workers-")))

    def present(self, memberships: str | None = None) -> list[Path]:
        """The groups that this process is in now, one in each hierarchy.

        Args:
            memberships: The text of /proc/self/cgroup; read where it is None.
        """
        text = text_of(Path("/proc/self/cgroup")) if memberships is None else memberships
        mounts = [folder.parent.parent for folder in self.folders]
        found = []
        for line in text.splitlines():
            _, controllers, path = line.split(":", 2)
            for mount, name in zip(mounts, self.controllers, strict=True):
                if name in controllers.split(","):
                    found.append(mount / path.lstrip("/"))
        return found

    def remove(self, group: str) -> bool:
        """Removes a group; whether it is gone, which it is not while it has members."""
        for folder in self.folders:
            with contextlib.suppress(OSError):
                (folder / group).rmdir()
        return not any((folder / group).exists() for folder in self.folders)


class V1(Hierarchy):
    """A hierarchy for each controller."""

    name = "cgroup v1"
    controllers = ("cpu", "memory")

    def __init__(self, cpu: Path, memory: Path) -> None:
        self._cpu = cpu
        self._memory = memory
        self.folders = (cpu, memory)

    def make(self, folder: Path) -> None:
        """See `Hierarchy`."""
        folder.mkdir(parents=True, exist_ok=True)

    def set_cpu(self, group: str, cores: float | None) -> None:
        """See `Hierarchy`."""
        quota = _NO_QUOTA if cores is None else int(cores * _PERIOD_US)
        write(self._cpu / group / "cpu.cfs_period_us", _PERIOD_US)
        write(self._cpu / group / "cpu.cfs_quota_us", quota)

    def set_memory(self, group: str, limit: int) -> None:
        """See `Hierarchy`."""
        write(self._memory / group / "memory.limit_in_bytes", limit)

    def memory(self, group: str) -> int:
        """See `Hierarchy`."""
        return number_in(self._memory / group / "memory.limit_in_bytes")

    def peak(self, group: str) -> int:
        """See `Hierarchy`."""
        return number_in(self._memory / group / "memory.max_usage_in_bytes")

    def kills(self, group: str) -> int:
        """See `Hierarchy`."""
        return field_of(self._memory / group / "memory.oom_control", "oom_kill")


class V2(Hierarchy):
    """One hierarchy for all controllers; processes live in its leaves only."""

    name = "cgroup v2"
    controllers = ("",)

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.folders = (folder,)

    def make(self, folder: Path) -> None:
        """See `Hierarchy`."""
        folder.mkdir(parents=True, exist_ok=True)
        if folder == self._folder:
            write(folder / "cgroup.subtree_control", "+cpu +memory")

    def set_cpu(self, group: str, cores: float | None) -> None:
        """See `Hierarchy`."""
        quota = "max" if cores is None else int(cores * _PERIOD_US)
        write(self._folder / group / "cpu.max", f"{quota} {_PERIOD_US}")

    def set_memory(self, group: str, limit: int) -> None:
        """See `Hierarchy`."""
        write(self._folder / group / "memory.max", limit)

    def memory(self, group: str) -> int:
        """See `Hierarchy`."""
        return number_in(self._folder / group / "memory.max")

    def peak(self, group: str) -> int:
        """See `Hierarchy`."""
        return number_in(self._folder / group / "memory.peak")

    def kills(self, group: str) -> int:
        """See `Hierarchy`."""
        return field_of(self._folder / group / "memory.events", "oom_kill")


def write(file: Path, value: object) -> None:
    """Asks the kernel for something.

    Raises:
        OSError: it refuses; with the file.
    """
    # Not Path.write_text: these files are not truncated, and take one write.
    fd = os.open(file, os.O_WRONLY)
    try:
        os.write(fd, str(value).encode())
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(file)) from error
    finally:
        os.close(fd)


def text_of(file: Path) -> str:
    """What the kernel says; empty where it does not."""
    try:
        return file.read_text(encoding="ascii")
    except OSError:
        return ""


def number_in(file: Path) -> int:
    """A number that is alone in its file; 0 for none."""
    text = text_of(file).strip()
    return int(text) if text.isdigit() else 0


def field_of(file: Path, name: str) -> int:
    """A number behind its name; 0 for none."""
    for line in text_of(file).splitlines():
        key, _, value = line.partition(" ")
        if key == name:
            return int(value)
    return 0
