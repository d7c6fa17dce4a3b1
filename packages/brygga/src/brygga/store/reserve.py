"""Room that is kept on the disk, so that what frees room can be written where there is none."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from brygga.store.files import replacing

_BYTES = 256 << 10  # the index of SQLite's log, and some dozens of pages


class Reserve:
    """A file of no use but its size."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def keep(self) -> None:
        """Makes it where it is missing, if there is room and that may be done."""
        with contextlib.suppress(OSError):
            if not self._path.exists():
                with replacing(self._path, durable=False) as file:
                    file.write(os.urandom(_BYTES))  # which no file system makes smaller

    def give_up(self) -> bool:
        """Gives its room to others; whether there was any."""
        try:
            self._path.unlink()
        except OSError:
            return False
        return True
