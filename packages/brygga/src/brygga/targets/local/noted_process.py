"""A process that somebody has noted by its number and the moment of its start."""

from __future__ import annotations

import os
import signal
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

_STARTED = 19  # the place in /proc/PID/stat behind the name


@dataclass(frozen=True)
class NotedProcess:
    """It may end at any time, but is never mistaken for another one."""

    pid: int
    _pidfd: int

    @classmethod
    def find(cls, noted: Mapping[str, object]) -> Self | None:
        """The one that is noted as `pid` and `started_ticks`; None where it is gone.

        Servers of earlier releases have noted no moment. Their supervisors live as long as their
        lock is held, which the caller has seen.
        """
        pid, ticks = noted.get("pid"), noted.get("started_ticks")
        if not isinstance(pid, int):
            return None
        try:
            pidfd = os.pidfd_open(pid)
        except OSError:
            return None
        # From here on the number cannot become another one's without our seeing that it ended.
        if ticks is None or started_ticks(pid) == ticks:
            return cls(pid, pidfd)
        os.close(pidfd)
        return None

    def send(self, number: signal.Signals) -> None:
        """Sends a signal; gone already is fine."""
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._pidfd, number)

    def close(self) -> None:
        """Nothing is sent any more."""
        os.close(self._pidfd)


def started_ticks(pid: int) -> int | None:
    """When a process was started, in ticks since the boot; None where it is gone, or a zombie."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(errors="replace")
    except OSError:
        return None
    # The name, in parentheses, may hold anything.
    words = text.rpartition(")")[2].split()
    return None if words[0] == "Z" else int(words[_STARTED])
