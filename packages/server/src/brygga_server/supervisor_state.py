"""The file that says who supervises a service, and what has happened to it.

Standard library only: the supervisor uses it.
"""

from __future__ import annotations

import json
import os
import socket
import time
from pathlib import Path

from brygga_server.files import write_json
from brygga_server.watched import started

_EVENTS = 10  # the newest


class SupervisorState:
    """Written at the start and at each event.

    Numbers of processes stand beside the moment of their start, because they are used again.
    """

    def __init__(self, file: str, listen_fd: int) -> None:
        """Goes on where another supervisor of the same start of the service has ended."""
        self._file = Path(file)
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        host, port = _address(listen_fd)
        self._said: dict[str, object] = {
            "version": 1,
            "boot_id": boot,
            "pid": os.getpid(),
            "started_ticks": started(os.getpid()),
            "started": time.time(),
            "host": host,
            "port": port,
            "front": None,
            "ended": False,
            "events": self._earlier(boot),
        }

    def write(self) -> None:
        """The first time: it has to be there after a power failure.

        Raises:
            OSError: it cannot be written.
        """
        write_json(self._file, self._said)

    def note(self, text: str) -> None:
        """Something that whoever looks after the service wants to know."""
        events = [*self._events(self._said), {"at": round(time.time(), 3), "message": text}]
        self._said["events"] = events[-_EVENTS:]
        self._rewrite()

    def serves(self, pid: int | None) -> None:
        """The front that accepts connections now; None where there is none."""
        ticks = None if pid is None else started(pid)
        self._said["front"] = None if pid is None else {"pid": pid, "started_ticks": ticks}
        self._rewrite()

    def end(self) -> None:
        """All was ended in order: nobody is to bring it back."""
        self._said |= {"ended": True, "front": None}
        self._rewrite()

    def _rewrite(self) -> None:
        try:
            write_json(self._file, self._said, durable=False)
        except OSError:
            return  # a full disk, or a folder that somebody has removed: the log says it, too

    def _earlier(self, boot: str) -> list[object]:
        try:
            said = json.loads(self._file.read_bytes())
            return self._events(said) if said["boot_id"] == boot else []
        except (OSError, ValueError, KeyError, TypeError):
            return []

    @staticmethod
    def _events(said: dict[str, object]) -> list[object]:
        events = said.get("events")
        return events if isinstance(events, list) else []


def _address(fd: int) -> tuple[str, int]:
    with socket.socket(fileno=os.dup(fd)) as duplicate:
        host, port = duplicate.getsockname()[:2]
        return str(host), int(port)
