"""Ties a group of processes to this one: where this one is killed, so are they."""

from __future__ import annotations

import fcntl
import os
import signal
import sys
from types import TracebackType


class Tie:
    """A pipe whose end is a signal to the group.

    The group holds the end that is read and this process the other; the kernel closes that however
    this process ends, and signals whoever waits for something of the pipe. No process has to look.

    Attributes:
        held: The file that the first process of the group has to be passed.
    """

    def __init__(self) -> None:
        self.held, self._own = os.pipe()

    def __enter__(self) -> Tie:
        return self

    def to(self, group: int) -> None:
        """Names the group; the signal is one that ends processes which do not know it."""
        fcntl.fcntl(self.held, fcntl.F_SETOWN, -group)
        if sys.platform == "linux":
            fcntl.fcntl(self.held, fcntl.F_SETSIG, signal.SIGKILL)
        flags = fcntl.fcntl(self.held, fcntl.F_GETFL)
        fcntl.fcntl(self.held, fcntl.F_SETFL, flags | fcntl.FASYNC)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        os.close(self._own)
        os.close(self.held)
