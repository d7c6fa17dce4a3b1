"""A process that is watched by another one: whether it is there, what it does, signals to it.

By a pidfd, which never means anybody else, whereas numbers of processes are used again.

Standard library only: the supervisor uses it too.
"""

from __future__ import annotations

import abc
import os
import select
import signal
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_MAJOR_FAULTS, _USER, _SYSTEM, _STARTED = 11, 13, 14, 21  # places in /proc/*/stat, from 0


@dataclass(frozen=True)
class Vitals:
    """What a process does at the moment, by its first thread.

    Attributes:
        state: As the kernel names it: `R` runs or would like to, `S` sleeps, `D` waits for a disk,
            `T` was stopped by a signal, `t` by a debugger.
        cpu: Seconds of a processor that it has used.
        faults: How often it has waited for memory that was on a disk.
    """

    state: str
    cpu: float
    faults: int


class Watched(abc.ABC):
    """A process that may be anybody's child."""

    pid: int

    @abc.abstractmethod
    def has_ended(self) -> bool:
        """Whether it is gone, or a zombie."""

    @abc.abstractmethod
    def vitals(self) -> Vitals | None:
        """What it does; None where it has ended."""

    @abc.abstractmethod
    def send(self, number: signal.Signals) -> None:
        """Sends a signal; gone already is fine."""


class PidfdProcess(Watched):
    """A process of this machine."""

    def __init__(self, fd: int) -> None:
        """Takes a pidfd over."""
        self._fd = fd
        self._poll = select.poll()
        self._poll.register(fd, select.POLLIN)
        self.pid = _pid_of(fd)

    @classmethod
    def of(cls, pid: int) -> PidfdProcess:
        """That of a child that has not been waited for.

        Raises:
            OSError: there is none.
        """
        return cls(os.pidfd_open(pid))

    def fileno(self) -> int:
        """Can be read from once the process has ended."""
        return self._fd

    def has_ended(self) -> bool:
        """See `Watched`."""
        return bool(self._poll.poll(0))

    def vitals(self) -> Vitals | None:
        """See `Watched`."""
        words = stat_of(self.pid, thread=True)
        # Nobody else can have had its number as long as it has not ended.
        if words is None or self.has_ended():
            return None
        cpu = (int(words[_USER]) + int(words[_SYSTEM])) / _TICKS
        return Vitals(words[2], cpu, int(words[_MAJOR_FAULTS]))

    def send(self, number: signal.Signals) -> None:
        """See `Watched`."""
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._fd, number)

    def close(self) -> None:
        """Watches no more."""
        os.close(self._fd)


def started(pid: int) -> int | None:
    """When a process was started, in ticks since the boot: its number and this are one process."""
    words = stat_of(pid)
    return None if words is None else int(words[_STARTED])


def stat_of(pid: int, *, thread: bool = False) -> list[str] | None:
    """The words of /proc/PID/stat, or of its first thread's; None where it is gone."""
    place = f"/proc/{pid}/task/{pid}/stat" if thread else f"/proc/{pid}/stat"
    try:
        text = Path(place).read_text(errors="replace")
    except OSError:
        return None
    # The name, in parentheses, may hold anything.
    before, _, after = text.rpartition(")")
    number, _, name = before.partition(" (")
    return [number, name, *after.split()]


def _pid_of(fd: int) -> int:
    for line in Path(f"/proc/self/fdinfo/{fd}").read_text(encoding="ascii").splitlines():
        name, _, value = line.partition(":")
        if name == "Pid":
            return int(value)
    raise OSError(f"{fd} is no pidfd")
