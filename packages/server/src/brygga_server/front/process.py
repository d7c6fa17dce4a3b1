"""The process of a worker, as those who end it and hear of its end see it."""

from __future__ import annotations

import mmap
import os
import socket
import subprocess
from abc import ABC, abstractmethod
from contextlib import suppress
from dataclasses import dataclass

from brygga_server import orphans
from brygga_server.front.memory import resident
from brygga_server.worker.interruption import SIGNAL


class Process(ABC):
    """A process that has been started and told what to do."""

    pid: int
    tag: str  # in its environment, and so in that of all it starts
    sock: socket.socket
    memory: mmap.mmap  # shared with it: the progress page, then the arena

    @abstractmethod
    def watch(self) -> int:
        """A descriptor, the caller's own, that can be read from once the process has ended."""

    @abstractmethod
    def kill(self) -> None:
        """Ends it and its session at once; gone already is fine."""

    @abstractmethod
    def ask(self) -> None:
        """Has it look at what it is asked on the progress page; gone already is fine."""

    @abstractmethod
    def collect(self) -> int | None:
        """Its exit code, a signal negative; None where somebody else has collected it."""

    @abstractmethod
    def collected(self, returncode: int) -> None:
        """Somebody has."""

    @abstractmethod
    def resident(self) -> int:
        """Bytes of memory that it holds now, without its children."""


@dataclass(frozen=True)
class ChildProcess(Process):
    """A child of this process."""

    pid: int
    tag: str
    sock: socket.socket
    memory: mmap.mmap
    popen: subprocess.Popen[bytes]

    def watch(self) -> int:
        """See `Process`."""
        # Not the end of its socket: a child that it left behind may hold that open.
        return os.pidfd_open(self.pid)

    def kill(self) -> None:
        """See `Process`."""
        orphans.kill(self.pid)

    def ask(self) -> None:
        """See `Process`."""
        with suppress(ProcessLookupError, PermissionError):
            os.kill(self.pid, SIGNAL)

    def collect(self) -> int | None:
        """See `Process`."""
        try:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
        except ChildProcessError:
            return None
        return os.waitstatus_to_exitcode(status) if pid else None

    def collected(self, returncode: int) -> None:
        """See `Process`."""
        self.popen.returncode = returncode

    def resident(self) -> int:
        """See `Process`."""
        return resident(self.pid)
