"""The original server and ours, started with the same command line in the same kind of folder."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Self

from support import environments
from support.differential.wire import Request, ask

_PATIENCE = 120.0  # a start takes two seconds, but machines may be busy
# The original listens on all addresses and has no flag for it.
_REFERENCE = (
    "import azureml_inference_server_http.amlserver as s; s.DEFAULT_HOST = '127.0.0.1'; s.run()"
)


@dataclass(frozen=True)
class Setup:
    """A folder of files, and how `azmlinfsrv` is called in it."""

    files: dict[str, str]
    environ: dict[str, str] = field(default_factory=dict)
    arguments: tuple[str, ...] = ("--entry_script", "score.py")


class Started:
    """One of the two servers, in a folder of its own."""

    def __init__(self, setup: Setup, folder: Path, *, ours: bool) -> None:
        self.setup = setup
        self.folder = folder
        self.port = free_port()
        self._command = _ours() if ours else [str(environments.reference()), "-c", _REFERENCE]
        self._log = folder.parent / "log.txt"

    def __enter__(self) -> Self:
        for name, content in self.setup.files.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, encoding="utf-8")
        places = {"FOLDER": str(self.folder), "PORT": str(self.port)}
        arguments = [part.format_map(places) for part in self.setup.arguments]
        if "--port" not in arguments:
            arguments += ["--port", str(self.port)]
        environ = {
            **{name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ},
            "PYTHONDONTWRITEBYTECODE": "1",
            "BRYGGA_HOST": "127.0.0.1",
            "BRYGGA_PYTHON": str(environments.scripts()),
            **{name: value.format_map(places) for name, value in self.setup.environ.items()},
        }
        with self._log.open("wb") as log:
            self.process = self._start(arguments, environ, log)
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self.process.kill()
        self.process.wait()

    @property
    def log(self) -> str:
        """What it has written so far, both streams."""
        return self._log.read_text(encoding="utf-8", errors="replace")

    def outcome(self) -> str:
        """`serves`, or `exit N`; waits until one of the two is certain."""
        until = time.monotonic() + _PATIENCE
        while time.monotonic() < until:
            code = self.process.poll()
            if code is not None:
                return f"exit {code}"
            if self._healthy():
                return "serves"
            time.sleep(0.03)
        raise AssertionError(f"neither serving nor ended within {_PATIENCE} s: {self.log}")

    def _start(
        self, arguments: list[str], environ: dict[str, str], log: IO[bytes]
    ) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [*self._command, *arguments],
            cwd=self.folder,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )

    def _healthy(self) -> bool:
        try:
            return ask(self.port, Request("GET", "/")).status == 200
        except OSError:
            return False


def _ours() -> list[str]:
    command = Path(sys.executable).with_name("azmlinfsrv")
    return [str(command)]


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port
