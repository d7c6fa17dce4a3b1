"""Signals with their sender: one that the script's own code has sent is no order to end.

Standard library only: the supervisor uses it too.
"""

from __future__ import annotations

import ctypes
import os
import signal
import struct
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from brygga_server import signal_scope

_INFO = struct.Struct("<IiiI")  # number, errno, code, pid; the first of 128 bytes
_INFO_SIZE = 128
_SI_KERNEL = 0x80
_MASK_BYTES = 128
_WORKER = b"BRYGGA_WORKER="

ORDERS = frozenset((signal.SIGTERM, signal.SIGINT, signal.SIGQUIT))
"""To end, from whoever may say so."""

NOISE = frozenset(
    number
    for number in signal.valid_signals()
    if number not in ORDERS
    and number
    not in {
        signal.SIGKILL, signal.SIGSTOP,  # cannot be kept
        signal.SIGILL, signal.SIGTRAP, signal.SIGABRT, signal.SIGBUS, signal.SIGFPE,
        signal.SIGSEGV, signal.SIGSYS,  # a fault of our own
        signal.SIGPIPE, signal.SIGXFSZ,  # Python turns them into exceptions
        signal.SIGCHLD, signal.SIGCONT, signal.SIGURG, signal.SIGWINCH,  # harm nobody
        signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU,  # of a terminal; who is stopped goes on
    }
)  # fmt: skip
"""What else would end a process, and means nothing to one that serves."""


@dataclass(frozen=True)
class Received:
    """A signal.

    Attributes:
        pid: Of its sender; 0 where that is outside of our PID namespace, as an engine is.
        code: As `si_code`.
    """

    number: int
    pid: int
    code: int

    @property
    def name(self) -> str:
        """For people."""
        try:
            name = signal.Signals(self.number).name
        except ValueError:  # one of those for real time, which have only numbers
            name = f"signal {self.number}"
        return f"{name} of process {self.pid}"


class Signals:
    """Signals that are read instead of interrupting; descriptors of it can be polled."""

    def __init__(self, numbers: frozenset[int]) -> None:
        """From now on these are kept until they are read; children have to call `let_through`."""
        signal.pthread_sigmask(signal.SIG_BLOCK, numbers)
        mask = (ctypes.c_ulong * (_MASK_BYTES // ctypes.sizeof(ctypes.c_ulong)))()
        libc = ctypes.CDLL(None, use_errno=True)
        for number in numbers:
            libc.sigaddset(mask, number)
        self._fd = libc.signalfd(-1, mask, os.O_CLOEXEC | os.O_NONBLOCK)
        if self._fd < 0:
            raise OSError(ctypes.get_errno(), "signals cannot be read")

    def fileno(self) -> int:
        """Can be read from once a signal has come."""
        return int(self._fd)

    def read(self) -> Iterator[Received]:
        """Those that have come; of several of one number the first."""
        while True:
            try:
                data = os.read(self._fd, _INFO_SIZE)
            except BlockingIOError:
                return
            number, _, code, pid = _INFO.unpack_from(data)
            yield Received(number, pid, code)


def let_through() -> None:
    """What a child does before it executes: signals interrupt it as they always did."""
    signal.pthread_sigmask(signal.SIG_SETMASK, ())


def is_order(
    received: Received, *, alone: bool, parent_of: Callable[[int], int | None] | None = None
) -> bool:
    """Whether a signal comes from outside of our own process tree, where the script runs.

    Args:
        alone: Nobody starts us again, and somebody at a terminal may want to end us: a sender that
            is gone already, and so cannot be told, is believed then.
        parent_of: A process's parent; None where it is gone, or was started by a worker.
    """
    if received.pid == 0 or received.code == _SI_KERNEL:
        return True
    pid: int | None = received.pid
    while pid is not None and pid > 1:
        if pid == os.getpid() and pid != received.pid:
            return False
        parent = (parent_of or _parent)(pid)
        if parent == OURS:
            return False
        pid = parent
    # Where the kernel keeps workers from it, nobody else than an outsider could have sent it.
    return pid is not None or alone or signal_scope.holds()


OURS = -1
"""In the place of a parent: a worker has started this process, whoever has adopted it."""


def _parent(pid: int) -> int | None:
    with suppress(OSError):
        stat = Path(f"/proc/{pid}/stat").read_text(errors="replace")
        with suppress(OSError):
            environment = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
            if any(each.startswith(_WORKER) for each in environment):
                return OURS
        return int(stat.rpartition(")")[2].split()[1])
    return None
