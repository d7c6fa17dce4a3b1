"""Writing an operation down while it goes on."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import os
import threading
from collections import deque
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from brygga.operations.clock import WallClock
from brygga.operations.event import Advanced, Event, PhaseBegan, Printed
from brygga.operations.progress import Progress
from brygga.operations.record import Began, Ended, from_began, from_event
from brygga.operations.timeline import KEPT_LINES, OperationState
from brygga.store.files import make_folder

_WRITTEN_LINES = 1000  # of a tool, in one step; then only the last ones, and only if it fails
_LONGEST_LINE = 2000
_ADVANCE_S = 0.2


class OperationWriter(Progress):
    """Appends to the file of one operation, and holds a lock on it as long as it goes on.

    The file is made with the first event, so that what had nothing to do or was refused leaves
    nothing. It is for others to read: that it cannot be written, as on a full disk, never gets in
    the way of the work.
    """

    def __init__(self, path: Path, began: Began, clock: WallClock) -> None:
        self._path = path
        self._began = began
        self._clock = clock
        self._start = clock.monotonic()
        self._mutex = threading.Lock()
        self._fd: int | None = None
        self._over = False
        self._size = 0
        self._lines = 0
        self._unwritten: deque[Printed] = deque(maxlen=KEPT_LINES)
        self._advanced = -_ADVANCE_S

    def tell(self, event: Event) -> None:
        """Writes it, unless there is too much of its kind."""
        with self._mutex:
            if not self._over and self._is_worth_it(event):
                self._append(from_event(event, self._now()))

    def end(self, ended: Ended) -> None:
        """Writes how it ended, and lets go of the file; what comes later is not written."""
        with self._mutex:
            if self._over:
                return
            self._over = True
            if self._fd is None:
                return
            if ended.state is OperationState.FAILED:
                for line in self._unwritten:
                    self._append(from_event(line, self._now()))
            if not self._append(from_event(ended, self._now())):
                # Rather nothing than what would look as if it had been killed.
                with contextlib.suppress(OSError):
                    self._path.unlink()
            os.close(self._fd)
            self._fd = None

    def _now(self) -> float:
        return self._clock.monotonic() - self._start

    def _is_worth_it(self, event: Event) -> bool:
        if isinstance(event, PhaseBegan):
            self._lines, self._advanced = 0, -_ADVANCE_S
            self._unwritten.clear()
        elif isinstance(event, Printed):
            self._lines += 1
            if self._lines > _WRITTEN_LINES:
                self._unwritten.append(event)
                return False
        elif isinstance(event, Advanced):
            now = self._now()
            if now - self._advanced < _ADVANCE_S and event.done < event.total:
                return False
            self._advanced = now
        return True

    def _append(self, record: Mapping[str, Any]) -> bool:
        """Adds a line, whole or not at all."""
        try:
            if self._fd is None:
                self._fd = self._open()
            self._write(self._fd, record)
        except OSError:
            return False
        return True

    def _open(self) -> int:
        make_folder(self._path.parent)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC
        fd = os.open(self._path, flags, 0o600)
        try:
            # Held before there is a first line, so that whoever reads one finds it locked. Others
            # hold it for the moment in which they look.
            fcntl.flock(fd, fcntl.LOCK_EX)
            self._write(fd, from_began(self._began))
        except OSError:
            self._path.unlink()
            os.close(fd)
            raise
        return fd

    def _write(self, fd: int, record: Mapping[str, Any]) -> None:
        shortened = {
            key: value[:_LONGEST_LINE] if isinstance(value, str) else value
            for key, value in record.items()
        }
        line = json.dumps(shortened, ensure_ascii=False).encode(errors="replace") + b"\n"
        try:
            if os.write(fd, line) != len(line):
                raise OSError(errno.ENOSPC, "written in part")
        except OSError:
            with contextlib.suppress(OSError):
                os.ftruncate(fd, self._size)
            raise
        self._size += len(line)
