"""Removing what lies on disk, and telling what was left there."""

from __future__ import annotations

import contextlib
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

_UNFINISHED_S = 3600.0


def remove(path: Path) -> None:
    """Removes a file or folder; what cannot be removed now is found again."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def is_abandoned(path: Path, seconds: float = _UNFINISHED_S) -> bool:
    """Whether something unfinished, which no lock guards, is mine and was left long ago.

    A folder is at work as long as anything below it changes.
    """
    try:
        status = path.lstat()
    except OSError:
        return False
    if status.st_uid != os.getuid():
        return False
    return all(time.time() - changed > seconds for changed in _changes(path))


def _changes(path: Path) -> Iterator[float]:
    with contextlib.suppress(FileNotFoundError):
        yield path.lstat().st_mtime
    for folder, folders, files in os.walk(path):  # passes over what goes meanwhile
        for name in (*folders, *files):
            with contextlib.suppress(FileNotFoundError):
                yield (Path(folder) / name).lstat().st_mtime
