"""Kills a process at one chosen step of what it does to disk, database and other processes."""

import io
import json
import os
import signal
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, time
from types import BuiltinFunctionType, FrameType

# Each is a point twice: just before the call and just after it.
_WRITING = {"copy_file_range", "fsync", "ftruncate", "link", "mkdir", "open", "pwrite", "rename"}
_WRITING |= {"replace", "sendfile", "symlink", "utime", "write"}
_REMOVING = {"rmdir", "unlink"}
_GUARDING = {"chmod", "fchmod", "flock"}
_DATABASE = {"commit", "execute", "executemany", "fetchone"}
_STARTING = {"fork_exec", "posix_spawn", "bind", "listen", "connect", "sendall", "kill"}
_STEPS = _WRITING | _REMOVING | _GUARDING | _DATABASE | _STARTING

# What has methods of the same names, and touches nothing.
_IN_MEMORY = (str, bytes, bytearray, date, time, io.StringIO, io.BytesIO)

_TRIES = os.environ.get("BRYGGA_HARD_STOPS")
"""How many points of each operation are tried, or `all`; unset, what a test run has time for."""


@dataclass
class Tally:
    """What became of one operation.

    Attributes:
        points: Where it could have been killed.
        tried: Where it was.
        lost: Where something acknowledged was gone, or the next command did not work.
    """

    operation: str
    points: int
    tried: int = 0
    lost: int = 0


TALLIES: list[Tally] = []
"""Of the test that runs; all of a run are printed at its end."""


def table(tallies: list[Tally]) -> list[str]:
    """The tallies as lines of Markdown."""
    head = ["| killed in | points | tried | lost |", "|---|---:|---:|---:|"]
    return [*head, *(f"| {t.operation} | {t.points} | {t.tried} | {t.lost} |" for t in tallies)]


def kill_and_look(
    operation: str,
    action: Callable[[], object],
    *,
    before: Callable[[], object],
    after: Callable[[], object],
    tries: int,
) -> Tally:
    """Counts the steps of `action`, then kills it at `tries` of them, evenly spread.

    `before` sets the scene for it and `after` looks at what is left, each time.
    """
    before()
    points = count_steps(action)
    after()
    tally = Tally(operation, points)
    TALLIES.append(tally)
    wanted = points if _TRIES == "all" else int(_TRIES or tries)
    stride = max(1, points // wanted)
    for at in range(1, points + 1, stride):
        before()
        # Where a step fewer was needed this time it has ended, and that has to look right too.
        run_and_kill(action, at)
        tally.tried += 1
        try:
            after()
        except BaseException as error:
            tally.lost += 1
            error.add_note(f"{operation} was killed at step {at} of {points}")
            raise
    return tally


def count_steps(action: Callable[[], object]) -> int:
    """How many points `action` has; it is run to its end, in a child."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            counter = _Counter(None)
            sys.setprofile(counter)
            action()
            sys.setprofile(None)
            os.write(writing, json.dumps(counter.seen).encode())
            status = 0
        finally:
            os._exit(status)
    os.close(writing)
    with os.fdopen(reading) as answer:
        text = answer.read()
    _, waited = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(waited) == 0, "the action failed by itself"
    return int(text)


def run_and_kill(action: Callable[[], object], at: int) -> bool:
    """Runs `action` in a child that SIGKILL ends at step `at`; False where it ended before that.

    Raises:
        AssertionError: the action failed by itself.
    """
    child = os.fork()
    if child == 0:
        status = 1
        try:
            sys.setprofile(_Counter(at))
            action()
            status = 0
        finally:
            os._exit(status)
    _, waited = os.waitpid(child, 0)
    if os.WIFSIGNALED(waited):
        assert os.WTERMSIG(waited) == signal.SIGKILL
        return True
    assert os.waitstatus_to_exitcode(waited) == 0, f"the action failed before step {at}"
    return False


def kill_everywhere(
    action: Callable[[], object],
    *,
    before: Callable[[], object],
    after: Callable[[], object],
    every: int = 1,
) -> Iterator[int]:
    """Kills `action` at each of its steps, between `before` and `after`; yields their numbers.

    Args:
        every: Leaves steps out, for what has too many of them.
    """
    at = 1
    while True:
        before()
        killed = run_and_kill(action, at)
        after()
        if not killed:
            return
        yield at
        at += every


class _Counter:
    """Counts steps as the interpreter's profiler sees them; kills this process at one of them."""

    def __init__(self, at: int | None) -> None:
        self.seen = 0
        self._at = at

    def __call__(self, frame: FrameType, event: str, function: object) -> None:
        is_call = event in ("c_call", "c_return")
        if is_call and isinstance(function, BuiltinFunctionType) and function.__name__ in _STEPS:
            if isinstance(function.__self__, _IN_MEMORY):
                return
            if function.__name__ == "open" and _only_reads(frame):
                return
            self.seen += 1
            if self.seen == self._at:
                os.kill(os.getpid(), signal.SIGKILL)


def _only_reads(frame: FrameType) -> bool:
    """Whether a file is opened by `Path.open`, or a folder by `os.scandir`, to be read."""
    mode = frame.f_locals.get("mode") if frame.f_code.co_name == "open" else None
    return isinstance(mode, str) and not set(mode) & set("wax+")
