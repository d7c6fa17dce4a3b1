"""The operations of a workspace on this machine."""

from __future__ import annotations

import builtins
import contextlib
import fcntl
import os
import threading
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_hex
from types import TracebackType
from typing import TYPE_CHECKING, Self

from brygga.arguments import checked
from brygga.errors import NotFoundError
from brygga.hints import Action, Hint, Verb
from brygga.markup import ShownList
from brygga.operations.clock import WallClock
from brygga.operations.event import Event
from brygga.operations.operation import Operation, OperationKind, Problem, Subject
from brygga.operations.progress import Progress, ProgressLike, progress_of
from brygga.operations.reader import OperationReader
from brygga.operations.record import Began, Ended
from brygga.operations.timeline import OperationState
from brygga.operations.writer import OperationWriter

if TYPE_CHECKING:
    from brygga.notebook import Phases

KEPT_OPERATIONS = 200
"""So many of the last ones are kept; those that go on, always."""
_POLL_S = 0.1
_QUICK = frozenset((OperationKind.STOP, OperationKind.DELETE))  # nothing to watch in a notebook


class OngoingOperation(Progress):
    """An operation that this process does; it ends with the block it is used in.

    The block may be entered again, also by another thread: what is begun within an operation
    is part of it, and it ends when the last one leaves.
    """

    def __init__(
        self, progress: Progress, writer: OperationWriter, *, shown: Phases | None = None
    ) -> None:
        """Nothing is told yet; `shown` is what a notebook shows of it, and ends with it."""
        self._progress = progress
        self._shown = shown
        self._writer = writer
        self._mutex = threading.Lock()
        self._inside = 0
        self._end = Ended(OperationState.DONE)

    def tell(self, event: Event) -> None:
        """Writes it down, and tells the one who asked for the operation."""
        self._writer.tell(event)
        self._progress.tell(event)

    def conclude(self, state: OperationState, problem: Problem | None = None) -> None:
        """Says how it ended, where no exception leaves the block that would."""
        self._end = Ended(state, problem)

    def __enter__(self) -> Self:
        with self._mutex:
            self._inside += 1
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        with self._mutex:
            self._inside -= 1
            if self._inside:
                return
        if self._shown is not None:
            self._shown.__exit__(kind, error, traceback)
        if isinstance(error, Exception):
            self._writer.end(Ended(OperationState.FAILED, Problem.of(error)))
        elif error is not None:
            self._writer.end(Ended(OperationState.INTERRUPTED))
        else:
            self._writer.end(self._end)


@checked
class OperationCollection:
    """Begins, lists and follows operations: `workspace.operations`."""

    def __init__(self, folder: Path, clock: WallClock | None = None) -> None:
        """Keeps a file for each below `folder`."""
        self._folder = folder
        self._clock = clock or WallClock()

    def begin(
        self, kind: OperationKind, subject: Subject, progress: ProgressLike = None
    ) -> OngoingOperation:
        """An operation, for a `with` block; work within is told to go on with it.

        It is written down as it goes, for other processes to follow. Calls that are given it as
        their `progress` become part of it instead of beginning their own::

            with ws.operations.begin(OperationKind.DEPLOY, subject) as operation:
                service = ws.services.deploy("svc", entry_script="score.py", progress=operation)
                service.wait_for_deployment(progress=operation)
        """
        if isinstance(progress, OngoingOperation):
            return progress
        self._prune()
        now = self._clock.now()
        name = f"{datetime.fromtimestamp(now, UTC):%Y%m%d-%H%M%S-%f}-{token_hex(2)}"
        path = self._folder / f"{name}.ndjson"
        writer = OperationWriter(path, Began(kind, subject, now), self._clock)
        if progress is None and kind not in _QUICK:
            from brygga.notebook import shown_by_itself  # which is made of operations

            shown = shown_by_itself()
            if shown is not None:
                return OngoingOperation(shown, writer, shown=shown)
        return OngoingOperation(progress_of(progress), writer)

    def list(self, name: str | None = None) -> builtins.list[Operation]:
        """Those that are kept, newest first.

        Args:
            name: Only those about what has this name.
        """
        found = (self._look(path) for path in self._files())
        fitting = (each for each in found if each and name in (None, each.subject.name))
        return ShownList(fitting, _shown)

    def latest(self, subject: Subject) -> Operation | None:
        """The newest one about something."""
        found = (self._look(path) for path in self._files())
        return next((each for each in found if each and each.subject == subject), None)

    def get(self, reference: str = "") -> Operation:
        """By its id, the beginning of it, or the name of what it is about: the newest that fits.

        Raises:
            NotFoundError: none does.
        """
        with self._open(reference) as reader:
            found = reader.look()
        assert found is not None
        return found

    def follow(self, reference: str = "") -> Iterator[Operation]:
        """As `get`, and again whenever something has changed, until it has ended."""
        with self._open(reference) as reader:
            last = None
            while True:
                found = reader.look()
                assert found is not None
                if last is None or _is_news(last, found):
                    yield found
                if not found.is_running:
                    return
                last = found
                self._clock.sleep(_POLL_S)

    def _open(self, reference: str) -> OperationReader:
        """The newest that fits."""
        for path in self._files():
            try:
                reader = _reader(path, self._clock)
            except OSError:
                continue
            found = reader.look()
            if found and (_id(path).startswith(reference) or found.subject.name == reference):
                return reader
            reader.close()
        others = Hint.of("See those there are with {}.", Action(Verb.LIST_OPERATIONS))
        raise NotFoundError("operation", reference, hint=others if self._files() else "")

    def _look(self, path: Path) -> Operation | None:
        try:
            with _reader(path, self._clock) as reader:
                return reader.look()
        except OSError:
            return None  # gone since it was listed

    def _files(self) -> builtins.list[Path]:
        """Newest first."""
        return sorted(self._folder.glob("*.ndjson"), reverse=True)

    def _prune(self) -> None:
        """Removes the oldest, but never one that somebody is at."""
        for path in self._files()[KEPT_OPERATIONS - 1 :]:
            with contextlib.suppress(OSError):
                fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
                try:
                    fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    path.unlink(missing_ok=True)
                finally:
                    os.close(fd)


def _reader(path: Path, clock: WallClock) -> OperationReader:
    return OperationReader(path, _id(path), clock)


def _id(path: Path) -> str:
    return path.name.partition(".")[0]


def _is_news(last: Operation, found: Operation) -> bool:
    """Whether more than time has passed."""
    return (last.state, last.phases, last.remarks, last.revision) != (
        found.state,
        found.phases,
        found.remarks,
        found.revision,
    )


def _shown(found: Sequence[Operation]) -> Sequence[Mapping[str, object]]:
    return [
        {
            "what": each.kind.value,
            "of": str(each.subject),
            "state": each.state.value,
            "began": each.began_at,
            "took": f"{each.seconds:.1f} s",
            "error": None if each.problem is None else each.problem.message,
        }
        for each in found
    ]
