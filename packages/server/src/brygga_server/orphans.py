"""Processes that others left behind: found by their parent, ended for good.

Standard library only: the supervisor uses it too.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER, _PR_GET_CHILD_SUBREAPER = 36, 37


@dataclass(frozen=True)
class Child:
    """A process whose parent we are, by birth or by adoption."""

    pid: int
    session: int


def become_subreaper() -> None:
    """From now on, orphans below this process become its children instead of init's."""
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


@contextlib.contextmanager
def adopting_nobody() -> Iterator[None]:
    """What is orphaned in this block is not ours, as if `become_subreaper` had not been called."""
    prctl, before = ctypes.CDLL(None).prctl, ctypes.c_int()
    prctl(_PR_GET_CHILD_SUBREAPER, ctypes.byref(before), 0, 0, 0)
    prctl(_PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)
    try:
        yield
    finally:
        prctl(_PR_SET_CHILD_SUBREAPER, before.value, 0, 0, 0)


def die_with_parent() -> Callable[[], None]:
    """What a child does before it executes, so that it is killed when this process ends."""
    prctl = ctypes.CDLL(None).prctl
    parent = os.getpid()

    def prepare() -> None:
        prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
        if os.getppid() != parent:  # it has ended between fork and here
            os._exit(1)

    return prepare


def children() -> Iterator[Child]:
    """Our living children, adopted ones included."""
    own = os.getpid()
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            stat = (folder / "stat").read_text()
        except OSError:
            continue
        # The name, in parentheses, may hold anything; state, parent, group, session follow it.
        state, parent, _, session = stat.rpartition(")")[2].split()[:4]
        if int(parent) == own and state != "Z":
            yield Child(int(folder.name), int(session))


def tagged(pid: int, tag: bytes) -> bool:
    """Whether a process was started with this in its environment, by itself or its parents."""
    try:
        return tag in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return False


def kill_tagged(begin: bytes) -> None:
    """Kills all whose environment has an entry that begins so, whosever children they are."""
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit() or int(folder.name) == os.getpid():
            continue
        with contextlib.suppress(OSError):
            if b"\0" + begin in b"\0" + (folder / "environ").read_bytes():
                kill(int(folder.name))


def kill_left_behind(condition: Callable[[Child], bool]) -> int:
    """Kills children that meet the condition, and what they leave to us, until none is left.

    Returns:
        How many were killed. They still have to be reaped.
    """
    killed: set[int] = set()
    for _ in range(100):  # each round may bring the children of those killed in the last one
        found = [c for c in children() if c.pid not in killed and condition(c)]
        if not found:
            break
        for child in found:
            kill(child.pid)
            killed.add(child.pid)
    return len(killed)


def end_all_children(seconds: float = 2.0) -> None:
    """Kills and reaps every child, and those that come to us by that, until none is left.

    Gives up after some seconds: a process in the kernel's hands dies when that lets go of it.
    """
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        kill_left_behind(lambda _: True)
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            return
        time.sleep(0.005)


def kill(pid: int) -> None:
    """Kills a process and its group, if it leads one; gone already is fine."""
    for send in (os.killpg, os.kill):
        try:
            send(pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            continue
