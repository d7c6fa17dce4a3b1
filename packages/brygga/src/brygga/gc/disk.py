"""Removing what lies on disk such that a kill leaves nothing that looks whole."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path
from secrets import token_hex

DISCARDED = ".discarded-"
_UNFINISHED_S = 3600.0


def discard(path: Path) -> Path:
    """Takes a folder's name away, in one step; returns what is left to be removed."""
    rest = path.with_name(DISCARDED + token_hex(8))
    path.rename(rest)
    return rest


def remove(path: Path) -> None:
    """Removes a file or folder; what cannot be removed now is found again."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def is_abandoned(path: Path, seconds: float = _UNFINISHED_S) -> bool:
    """Whether something unfinished, which no lock guards, is mine and was left long ago."""
    try:
        status = path.lstat()
    except OSError:
        return False
    return status.st_uid == os.getuid() and time.time() - status.st_mtime > seconds
