"""Where the control groups of a service are, if this machine lets us have any.

Groups are made and filled by the service's front (its settings name the folders); they are found
and removed here. docs/limits.md says what holds where.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

_OURS = "brygga"
_NEEDED = frozenset({"cpu", "memory"})
_PATIENCE_S = 1.0


@dataclass(frozen=True)
class Mount:
    """A mounted hierarchy: where, and the controllers it has; `unified` for version 2."""

    path: Path
    controllers: frozenset[str]


def find_control_groups(service: str, mounts: Iterable[Mount] | None = None) -> dict[str, str]:
    """The folders for a service, by hierarchy; none where the kernel or our rights do not allow it.

    They are made, empty, because only that tells whether they can be had.

    Args:
        service: A name that no other service of this machine has.
        mounts: The hierarchies there are; those of this machine for None.
    """
    places = _places(list(_mounted() if mounts is None else mounts))
    found = {name: str(path / _OURS / service) for name, path in places.items()}
    try:
        for path in found.values():
            _make(Path(path), unified="unified" in places)
    except OSError:
        remove_control_groups(found)
        return {}
    return found


def existing_control_groups(service: str) -> dict[str, str]:
    """The folders there are for a service, by hierarchy."""
    found = {name: path / _OURS / service for name, path in _places(list(_mounted())).items()}
    return {name: str(path) for name, path in found.items() if path.is_dir()}


def remove_control_groups(folders: Mapping[str, str]) -> None:
    """Removes a service's groups once nobody is in them; what is gone is fine."""
    for name in folders.values():
        folder = Path(name)
        deadline = time.monotonic() + _PATIENCE_S
        while folder.is_dir() and not _removed(folder) and time.monotonic() < deadline:
            time.sleep(0.01)  # a process that was killed leaves its group a little later
        with contextlib.suppress(OSError):
            folder.parent.rmdir()  # it may hold other services


def members(folders: Mapping[str, str]) -> set[int]:
    """Processes that are in a service's groups."""
    found: set[int] = set()
    for name in folders.values():
        for file in Path(name).glob("**/cgroup.procs"):
            with contextlib.suppress(OSError):
                found.update(int(pid) for pid in file.read_text(encoding="ascii").split())
    return found


def _removed(folder: Path) -> bool:
    try:
        for group in [path for path in folder.iterdir() if path.is_dir()]:
            group.rmdir()
        folder.rmdir()
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return True


def _places(mounts: list[Mount]) -> dict[str, Path]:
    for mount in mounts:
        if "unified" in mount.controllers and mount.controllers >= _NEEDED:
            return {"unified": mount.path}
    separate: dict[str, Path] = {}
    for mount in mounts:
        if "unified" not in mount.controllers:
            separate |= dict.fromkeys(mount.controllers & _NEEDED, mount.path)
    return separate if separate.keys() == _NEEDED else {}


def _make(folder: Path, *, unified: bool) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    if not unified:
        if not os.access(folder / "cgroup.procs", os.W_OK):
            raise PermissionError
        return
    # Each level hands its controllers down. The kernel refuses it where processes are in between,
    # as in a container that has a part of the tree for itself.
    for level in (folder.parent.parent, folder.parent):
        control = level / "cgroup.subtree_control"
        if not set(control.read_text(encoding="ascii").split()) >= _NEEDED:
            control.write_text("+cpu +memory", encoding="ascii")


def _mounted() -> Iterator[Mount]:
    try:
        lines = Path("/proc/self/mountinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return
    for line in lines:
        before, _, after = line.partition(" - ")
        path, (kind, _, options) = Path(before.split()[4]), after.split()[:3]
        if kind == "cgroup2":
            with contextlib.suppress(OSError):
                known = (path / "cgroup.controllers").read_text(encoding="ascii").split()
                yield Mount(path, frozenset({"unified", *known}))
        elif kind == "cgroup":
            yield Mount(path, frozenset(options.split(",")))
