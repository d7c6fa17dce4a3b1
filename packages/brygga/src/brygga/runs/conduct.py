"""How a run is seen to its end: by a thread of whoever submitted it, with a copy of its code."""

from __future__ import annotations

import contextlib
import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from brygga.images.code import LEFT_OUT
from brygga.operations import OngoingOperation
from brygga.runs.run import Run

Copied = TypeVar("Copied")


def conduct(
    run: Run,
    operation: OngoingOperation,
    copy: Callable[[], Copied],
    see_through: Callable[[Copied], None],
) -> None:
    """Begins, and returns; a thread sees the run to its end, and keeps this process until then.

    Args:
        operation: What it is; it goes on until the run has ended.
        copy: Takes the code as it is now; what it raises is raised here, and nothing has begun.
        see_through: What the thread does with that.
    """
    with contextlib.ExitStack() as stack:
        stack.enter_context(run.lock)
        stack.enter_context(operation)
        copied = copy()
        within = stack.pop_all()

    def work() -> None:
        with within:
            see_through(copied)

    threading.Thread(target=work, name=run.id).start()


def copy_code(source: Path, target: Path) -> None:
    """Copies a folder of code, without what is never a part of it."""
    shutil.copytree(
        source, target, ignore=lambda _, names: [name for name in names if name in LEFT_OUT]
    )
