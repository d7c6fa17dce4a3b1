"""What killed processes never finished, outside of what has a collector of its own."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from brygga.gc.disk import is_abandoned, remove
from brygga.gc.garbage import Collector, Garbage
from brygga.store.disk import size_of
from brygga.store.filelock import FileLock
from brygga.store.files import DISCARDED, PARTIAL, SCRATCH

_A_DAY = 24 * 3600.0
# Where others look, under a lock, or what belongs to users and their scripts.
_NOT_OURS = (
    "environments/*",
    "workspaces/*/blobs",
    "workspaces/*/data",
    "workspaces/*/runs",
    "revisions/*/app",
    f"{DISCARDED}*",
)


class Leftovers(Collector):
    """Unfinished files and folders of processes that were killed, by path."""

    def __init__(self, home: Path, changing: Callable[[str], FileLock]) -> None:
        """Nothing is looked at yet.

        Args:
            changing: The lock on making and deleting the workspace in a folder of that name.
        """
        self._home = home
        self._changing = changing

    def find(self) -> Iterator[Garbage]:
        """What no lock guards only when it is old."""
        for path in _unfinished(self._home):
            if is_abandoned(path):
                yield _garbage("unfinished folder" if path.is_dir() else "unfinished file", path)
        for path in sorted((self._home / "images" / "oci").glob("*.tar.gz")):
            if is_abandoned(path, _A_DAY):
                yield _garbage("layer that was not pushed", path)
        for path in sorted(Path(tempfile.gettempdir()).glob(f"{SCRATCH}*")):
            if is_abandoned(path, _A_DAY):
                yield _garbage("temporary folder", path)
        for path in sorted((self._home / "workspaces").glob("*")):
            if _is_unfinished_workspace(path):
                yield _garbage("unfinished workspace", path)

    def remove(self, found: Sequence[Garbage]) -> Iterator[Garbage]:
        """A workspace under its lock, so that one that is being made is left alone."""
        for each in found:
            path = Path(each.name)
            if each.kind != "unfinished workspace" or path.name.startswith(DISCARDED):
                remove(path)
                yield each
                continue
            with self._changing(path.name).tried() as mine:
                if not mine or not _is_unfinished_workspace(path):
                    continue
                remove(path)
            yield each


def _unfinished(home: Path) -> Iterator[Path]:
    for current, folders, files in os.walk(home):
        here = Path(current)
        yield from (here / name for name in sorted(files + folders) if name.startswith(PARTIAL))
        folders[:] = [
            name
            for name in folders
            if not name.startswith(PARTIAL)
            and not any((here / name).relative_to(home).match(each) for each in _NOT_OURS)
        ]


def _is_unfinished_workspace(path: Path) -> bool:
    """One that was never marked, or is half removed; not one with data that has lost its mark."""
    if path.name.startswith(DISCARDED):
        return True
    has_data = any((path / name).exists() for name in ("blobs", "services", "secrets.json"))
    return path.is_dir() and not (path / "workspace.json").exists() and not has_data


def _garbage(kind: str, path: Path) -> Garbage:
    return Garbage(kind, str(path), size_of(path), "never finished, or only half removed")
