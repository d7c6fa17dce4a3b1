"""Kills a process at one chosen step of what it does to disk and database."""

import os
import signal
import sys
from collections.abc import Callable, Iterator
from types import BuiltinFunctionType, FrameType

# Each is a point twice: just before the call and just after it.
_WRITING = {"fsync", "ftruncate", "mkdir", "open", "pwrite", "rename", "replace", "write"}
_REMOVING = {"rmdir", "unlink"}
_GUARDING = {"chmod", "fchmod", "flock"}
_DATABASE = {"commit", "execute", "executemany", "fetchone"}
_STEPS = _WRITING | _REMOVING | _GUARDING | _DATABASE


def run_and_kill(action: Callable[[], object], at: int) -> bool:
    """Runs `action` in a child that SIGKILL ends at step `at`; False where it ended before that.

    Raises:
        AssertionError: the action failed by itself.
    """
    child = os.fork()
    if child == 0:
        status = 1
        try:
            sys.setprofile(_killer(at))
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


def _killer(at: int) -> Callable[[FrameType, str, object], None]:
    left = at

    def count(_frame: FrameType, event: str, function: object) -> None:
        nonlocal left
        is_call = event in ("c_call", "c_return")
        if is_call and isinstance(function, BuiltinFunctionType) and function.__name__ in _STEPS:
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    return count
