"""A log file that never outgrows its bound: at the bound it is renamed and a new one begun."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path


class RotatingFile:
    """`path` is being written, `path.1` is the one before it, and so on up to `keep`.

    A full disk, or a folder that somebody removed, loses lines and nothing else: the service goes
    on, and the bound holds.
    """

    def __init__(self, path: str, max_bytes: int, keep: int) -> None:
        self._path = Path(path)
        self._max_bytes = max_bytes
        self._keep = keep
        self._fd = self._open()
        self._size = os.fstat(self._fd).st_size

    def write(self, data: bytes) -> None:
        """Appends; rotates between two lines where it can."""
        while data:
            room = self._max_bytes - self._size
            part = data if len(data) <= room else data[: data.rfind(b"\n", 0, max(room, 0)) + 1]
            if not part and self._size == 0:
                part = data[: self._max_bytes]  # one line longer than a file
            if part:
                try:
                    written = os.write(self._fd, part)
                except OSError:
                    return
                self._size += written
                if written < len(part):
                    return
                data = data[written:]
            if data:
                self._rotate()

    def close(self) -> None:
        """Closes the file."""
        os.close(self._fd)

    def _rotate(self) -> None:
        try:
            self._rename()
            fd = self._open()
        except OSError:
            with suppress(OSError):
                os.ftruncate(self._fd, 0)
            self._size = 0
            return
        os.close(self._fd)
        self._fd = fd
        self._size = os.fstat(fd).st_size

    def _rename(self) -> None:
        if not self._keep:
            self._path.unlink(missing_ok=True)
            return
        for number in range(self._keep - 1, 0, -1):
            older = self._numbered(number)
            if older.exists():
                older.replace(self._numbered(number + 1))
        if self._path.exists():
            self._path.replace(self._numbered(1))
        else:
            self._path.parent.mkdir(parents=True, exist_ok=True)

    def _numbered(self, number: int) -> Path:
        return self._path.with_name(f"{self._path.name}.{number}")

    def _open(self) -> int:
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
        return os.open(self._path, flags, 0o600)
