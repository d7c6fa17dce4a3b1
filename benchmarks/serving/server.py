"""Servers as processes: started pinned to one core, waited for, ended with all their children."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
import urllib.error
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from . import load

_PATIENCE = 120.0
_LIBRARIES = ("OMP", "OPENBLAS", "MKL", "BLIS")
ONE_THREAD = dict.fromkeys((f"{name}_NUM_THREADS" for name in _LIBRARIES), "1")


@dataclass
class Running:
    """A server; use as a context."""

    name: str
    command: list[str]
    port: int
    path: str
    folder: Path
    environment: dict[str, str] = field(default_factory=dict)

    def __enter__(self) -> Self:
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "log.txt").open("wb") as log:
            self.process = subprocess.Popen(
                ["taskset", "-c", str(load.cores()[0]), *self.command],
                cwd=self.folder,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**os.environ, **ONE_THREAD, **self.environment},
                start_new_session=True,
            )
        return self

    def __exit__(self, *_: object) -> None:
        for number in (signal.SIGTERM, signal.SIGKILL):
            if self.process.poll() is None:
                os.killpg(self.process.pid, number)
                try:
                    self.process.wait(10)
                except subprocess.TimeoutExpired:
                    continue

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}{self.path}"

    def wait(self, body: bytes) -> object:
        """Until it scores `body`; its answer."""
        until = time.monotonic() + _PATIENCE
        while time.monotonic() < until:
            if self.process.poll() is not None:
                break
            try:
                return load.ask(self.url, body)
            except (urllib.error.URLError, OSError, ValueError):
                time.sleep(0.1)
        log = (self.folder / "log.txt").read_text(errors="replace")
        raise load.BrokenError(f"{self.name} does not serve:\n{log[-3000:]}")

    def processes(self) -> list[int]:
        """Its process and all that come from it."""
        found, at = [self.process.pid], 0
        while at < len(found):
            for task in Path(f"/proc/{found[at]}/task").glob("*/children"):
                found += [int(pid) for pid in task.read_text().split()]
            at += 1
        return found

    def processor(self) -> float:
        """Seconds of processor time that all its processes have taken, user and system."""
        return sum(map(_processor, self.processes()))

    def resident(self, pid: int | None = None) -> int:
        """Resident bytes of one of its processes, or of all together."""
        pids = self.processes() if pid is None else [pid]
        return sum(map(_resident, pids))


def _resident(pid: int) -> int:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def _processor(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])
