"""A front under its supervisor, as a target starts them, and a script that sends signals."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from support.front import PATIENCE

from brygga_server.orphans import tagged

SIGNALLING = """
import json, os, signal, time

def init():
    pass

def run(raw):
    asked = json.loads(raw)
    if "signal" in asked:
        try:
            os.kill(asked.get("pid") or os.getppid(), getattr(signal, asked["signal"]))
        except PermissionError as error:
            return "refused"
        time.sleep(0.05)
        return "sent"
    return "well"
"""
TESTS = Path(__file__).parents[1]


def all_tagged(tag: str) -> Iterator[int]:
    """Living processes that were started with this in their environment."""
    for path in Path("/proc").iterdir():
        if path.name.isdigit() and tagged(int(path.name), tag.encode()):
            with suppress(OSError):
                if (path / "cmdline").read_bytes():  # a zombie has none
                    yield int(path.name)


def end_tagged(tag: str) -> None:
    """Kills all of them but us, until none is left: one may still start another.

    One that is just being executed shows nothing of itself for a moment.
    """
    empty = 0
    while empty < 5:
        pids = [pid for pid in all_tagged(tag) if pid != os.getpid()]
        empty = 0 if pids else empty + 1
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.02)


def kill_all(state_file: Path) -> None:
    """Ends supervisor and front, so that neither of them can bring the other one back."""
    state = json.loads(state_file.read_text())
    os.kill(state["pid"], signal.SIGSTOP)
    for pid in (state["front"]["pid"], state["pid"]):
        os.kill(pid, signal.SIGKILL)


class Supervised:
    """A front under its supervisor; `unscoped` as on a kernel that keeps nobody from anything."""

    def __init__(
        self,
        folder: Path,
        front: str = "brygga_server.front",
        script: str = SIGNALLING,
        *,
        supervisor: str = "brygga_server.supervisor",
        **settings: object,
    ) -> None:
        self.folder = folder
        self.platform = ""  # what keeps its workers from sending signals
        self.tag = os.urandom(8).hex()
        self.sock = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.port = self.sock.getsockname()[1]
        fd = self.sock.fileno()
        (folder / "score.py").write_text(script)
        self.status_file = folder / "status.json"
        told = {"app_root": str(folder), "entry_script": "score.py", "revision": 1,
                "status_file": str(self.status_file), **settings}  # fmt: skip
        config, plan = folder / "serve.json", folder / "plan.json"
        config.write_text(json.dumps({"version": 1, "settings": told}))
        plan.write_text(
            json.dumps(
                {
                    "version": 1,
                    "front": [sys.executable, "-m", front, str(config), str(fd)],
                    "listen_fd": fd,
                    "log": {"path": str(folder / "log"), "max_bytes": 1 << 20, "keep": 2},
                    "lock_file": str(folder / "lock"),
                    "state_file": str(folder / "state.json"),
                    "status_file": str(self.status_file),
                }
            )
        )
        self.process = subprocess.Popen(
            [sys.executable, "-m", supervisor, str(plan)],
            pass_fds=(fd,),
            env={**os.environ, "PYTHONPATH": str(TESTS), "TEST_TAG": self.tag},
        )

    def ask(self, **asked: object) -> tuple[int, object]:
        """The status and what run() returned; 0 where no answer came."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            connection.request("POST", "/score", json.dumps(asked))
            response = connection.getresponse()
            return response.status, json.loads(response.read())
        except (OSError, http.client.HTTPException):
            return 0, None
        finally:
            connection.close()

    def status(self) -> dict[str, object]:
        found = json.loads(self.status_file.read_text()) if self.status_file.exists() else {}
        assert isinstance(found, dict)
        return found

    def state(self) -> dict[str, Any]:
        """What the supervisor, whichever it is, has written."""
        found = json.loads((self.folder / "state.json").read_text())
        assert isinstance(found, dict)
        return found

    @property
    def supervisor(self) -> int:
        """The process that supervises now, by its own account."""
        return int(self.state()["pid"])

    @property
    def front(self) -> int:
        """The process that serves now; 0 where there is none."""
        return int((self.state()["front"] or {"pid": 0})["pid"])

    def events(self) -> str:
        return "\n".join(each["message"] for each in self.state()["events"])

    def log(self) -> str:
        return (self.folder / "log").read_text()

    def close(self) -> None:
        self._end()
        if self.process.poll() is None:
            self.process.wait(PATIENCE)
        self.sock.close()

    def _end(self) -> None:
        """Whoever supervises is asked; who hangs or was left is killed, whatever brings it back."""
        until = time.monotonic() + PATIENCE
        while True:
            pids = [pid for pid in all_tagged(f"TEST_TAG={self.tag}") if pid != os.getpid()]
            if not pids:
                return
            late = time.monotonic() > until - PATIENCE + 5
            with suppress(ProcessLookupError):
                os.kill(self.supervisor, signal.SIGTERM)
            for pid in pids if late else ():
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            if self.process.poll() is None:
                with suppress(subprocess.TimeoutExpired):
                    self.process.wait(0.1)
            assert time.monotonic() < until, f"they do not end: {pids}"
            time.sleep(0.05)
