"""Reading a log that is being written and rotated."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

_POLL_S = 0.1


def read_log(path: Path, lines: int | None) -> list[str]:
    """The last lines of a rotated log (`path`, before it `path.1`, `path.2` ...), oldest first."""
    found: list[str] = []
    for part in (*_older(path), path):
        try:
            found += lines_of(part.read_bytes())
        except FileNotFoundError:
            continue
    return found if lines is None else found[max(0, len(found) - lines) :]


def lines_of(data: bytes) -> list[str]:
    """Whole lines. Only a line feed ends one: of what else ends lines, a client may write some."""
    *whole, rest = data.split(b"\n")
    if rest:
        whole.append(rest)
    return [line.decode("utf-8", "replace").rstrip("\r") for line in whole]


def follow_log(path: Path, lines: int | None, ended: Callable[[], bool]) -> Iterator[str]:
    """The last lines, then each that is added, over rotations, until `ended()`."""
    tail = _Tail(path)
    try:
        kept = [line for part in _older(path) for line in read_log(part, None)] + tail.added()
        yield from kept if lines is None else kept[max(0, len(kept) - lines) :]
        while True:
            over = ended()
            added = tail.added()
            yield from added
            if over:
                return
            if not added:
                time.sleep(_POLL_S)
    finally:
        tail.close()


class _Tail:
    """The end of one file, also after another one has taken its place."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: BinaryIO | None = None
        self._rest = b""

    def added(self) -> list[str]:
        """Whole lines that were added since the last call."""
        data = self._read()
        if not data and self._was_rotated():
            self.close()
            data = self._read()
        *whole, self._rest = (self._rest + data).split(b"\n")
        return [line.decode("utf-8", "replace").rstrip("\r") for line in whole]

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def _read(self) -> bytes:
        if self._file is None:
            try:
                self._file = self._path.open("rb")
            except FileNotFoundError:
                return b""
        return self._file.read()

    def _was_rotated(self) -> bool:
        if self._file is None:
            return False
        try:
            now = self._path.stat()
        except FileNotFoundError:
            return False
        mine = os.fstat(self._file.fileno())
        return (now.st_dev, now.st_ino) != (mine.st_dev, mine.st_ino)


def _older(path: Path) -> list[Path]:
    parts = [p for p in path.parent.glob(f"{path.name}.*") if p.suffix[1:].isdigit()]
    return sorted(parts, key=lambda p: -int(p.suffix[1:]))
