"""How much lies on disk, in numbers and in words."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path


def size_of(path: Path) -> int:
    """Bytes of a file, or of all files below a folder, which may be changing meanwhile."""
    total = 0
    if path.is_dir() and not path.is_symlink():
        for entry in os.walk(path):
            for name in entry[2]:
                with contextlib.suppress(OSError):
                    total += Path(entry[0], name).lstat().st_size
        return total
    with contextlib.suppress(OSError):
        total = path.lstat().st_size
    return total


def size_text(size: int) -> str:
    """Bytes in the largest decimal unit that leaves a number above one: `1.5 MB`."""
    amount = float(size)
    for unit in ("B", "kB", "MB"):
        if amount < 1000:
            return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:.1f} GB"
