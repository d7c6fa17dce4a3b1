"""Following an operation, in this process or any other."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from brygga.operations.clock import WallClock
from brygga.operations.operation import Operation
from brygga.operations.record import Began, Ended, to_began, to_event
from brygga.operations.timeline import OperationState, Timeline
from brygga.store.filelock import is_locked


class OperationReader:
    """Reads the file of one operation from where it was left; several may read the same."""

    def __init__(self, path: Path, name: str, clock: WallClock) -> None:
        """Opens it; what is removed afterwards can still be read.

        Args:
            name: The operation's id.

        Raises:
            OSError: it is not there.
        """
        self._name = name
        self._clock = clock
        self._fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        self._read = 0
        self._began: Began | None = None
        self._ended: Ended | None = None
        self._last = 0.0
        self._timeline = Timeline()

    def look(self) -> Operation | None:
        """How it is now; None as long as its first line is not there."""
        # Before reading: who ends an operation writes that first, and then lets go.
        held = is_locked(self._fd)
        self._take_in()
        if self._began is None:
            return None
        if self._ended is None and held:
            state = OperationState.RUNNING
            seconds = max(self._last, self._clock.now() - self._began.at)
        else:
            state = OperationState.INTERRUPTED if self._ended is None else self._ended.state
            seconds = self._last
        phases = tuple(self._timeline.phases)
        if state is not OperationState.RUNNING and phases:
            phases = (*phases[:-1], replace(phases[-1], state=state, ended=self._last))
        return Operation(
            id=self._name,
            kind=self._began.kind,
            subject=self._began.subject,
            began_at=datetime.fromtimestamp(self._began.at, UTC),
            state=state,
            seconds=seconds,
            phases=phases,
            remarks=self._timeline.remarks,
            revision=self._timeline.revision,
            problem=None if self._ended is None else self._ended.problem,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Lets go of the file."""
        os.close(self._fd)

    def _take_in(self) -> None:
        """What was added since; a last line without its end is being written, or never will be."""
        size = os.fstat(self._fd).st_size
        if size <= self._read:
            return
        whole, end, _ = os.pread(self._fd, size - self._read, self._read).rpartition(b"\n")
        self._read += len(whole) + len(end)
        for line in whole.split(b"\n"):
            record = _decoded(line)
            if self._began is None:
                self._began = to_began(record)
            elif (found := to_event(record)) is not None:
                self._last = max(self._last, found[0])
                if isinstance(found[1], Ended):
                    self._ended = found[1]
                else:
                    self._timeline.add(found[1], found[0])


def _decoded(line: bytes) -> dict[str, Any]:
    """A line that a machine left half written when it went down is none."""
    try:
        found = json.loads(line)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
